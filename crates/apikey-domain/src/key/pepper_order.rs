//! Which of several peppers is the newest, and when another one may become it.
//!
//! The store decides, and not the settings of a node: digests move from older peppers to the
//! newest one, and would be moved to and fro if nodes did not agree.

use super::digest::PepperId;

/// The peppers of a node, of which the first is to be the newest.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::pepper_order::{NewestPepper, PeerPeppers, PepperJudgment, Proposal},
///     testing::fixture,
/// };
///
/// let (old, new) = (fixture::pepper_id(1), fixture::pepper_id(2));
/// let newest = NewestPepper { id: old, has_digests: true };
/// let proposal = Proposal::new(vec![new, old]).unwrap();
/// let behind = PeerPeppers::These(vec![old]);
/// assert_eq!(proposal.judge(Some(newest), false, &[behind]), PepperJudgment::Waits(old));
/// let ready = PeerPeppers::These(vec![old, new]);
/// assert_eq!(proposal.judge(Some(newest), false, &[ready]), PepperJudgment::Register);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal(Vec<PepperId>);

/// The newest pepper of a store.
///
/// # Example
///
/// ```
/// use apikey_domain::{key::pepper_order::NewestPepper, testing::fixture};
///
/// let newest = NewestPepper { id: fixture::pepper_id(1), has_digests: false };
/// assert!(!newest.has_digests);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewestPepper {
    /// Its id.
    pub id: PepperId,
    /// Whether the secret of any key has a digest under it.
    pub has_digests: bool,
}

/// Which peppers another node knows.
///
/// # Example
///
/// ```
/// use apikey_domain::{key::pepper_order::PeerPeppers, testing::fixture};
///
/// let id = fixture::pepper_id(1);
/// assert!(PeerPeppers::These(vec![id]).knows(id));
/// assert!(PeerPeppers::VerifiesNothing.knows(id));
/// assert!(!PeerPeppers::Unsaid.knows(id));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerPeppers {
    /// It does not say: it is of an earlier release.
    Unsaid,
    /// It verifies no keys, or not yet.
    VerifiesNothing,
    /// These.
    These(Vec<PepperId>),
}

/// What becomes of a proposal.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     key::pepper_order::{NewestPepper, PepperJudgment, Proposal}, testing::fixture,
/// };
///
/// let (old, new) = (fixture::pepper_id(1), fixture::pepper_id(2));
/// let newest = NewestPepper { id: new, has_digests: true };
/// let outdated = Proposal::new(vec![old]).unwrap();
/// assert_eq!(outdated.judge(Some(newest), true, &[]), PepperJudgment::Unknown(new));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PepperJudgment {
    /// The first pepper is to be registered as the newest.
    Register,
    /// The newest is to be forgotten, and the proposal to be judged again: it has no
    /// digests, and no node knows it.
    ForgetNewest,
    /// This one is the newest, and stays it.
    Newest(PepperId),
    /// This one is the newest until every other node knows the first one proposed.
    Waits(PepperId),
    /// This one is the newest, and not among those proposed: the node cannot verify what
    /// others compute.
    Unknown(PepperId),
}

// === impl Proposal ===

impl Proposal {
    /// Returns a proposal of the peppers of a node, the one to be the newest first; `None`
    /// without any.
    pub fn new(known: Vec<PepperId>) -> Option<Self> {
        (!known.is_empty()).then_some(Self(known))
    }

    /// Returns the pepper that is to be the newest.
    pub fn first(&self) -> PepperId {
        self.0[0]
    }

    /// Returns all peppers of the node.
    pub fn known(&self) -> &[PepperId] {
        &self.0
    }

    /// Judges the proposal by what a store has: its newest pepper, whether the first one
    /// proposed was ever registered, and which peppers the other nodes know.
    pub fn judge(
        &self,
        newest: Option<NewestPepper>,
        is_registered: bool,
        peers: &[PeerPeppers],
    ) -> PepperJudgment {
        let Some(newest) = newest else {
            return PepperJudgment::Register;
        };
        if !self.0.contains(&newest.id) {
            let is_in_use = newest.has_digests || peers.iter().any(|peer| peer.may_use(newest.id));
            return if is_in_use {
                PepperJudgment::Unknown(newest.id)
            } else {
                PepperJudgment::ForgetNewest
            };
        }
        if is_registered {
            return PepperJudgment::Newest(newest.id);
        }
        if peers.iter().all(|peer| peer.knows(self.first())) {
            PepperJudgment::Register
        } else {
            PepperJudgment::Waits(newest.id)
        }
    }
}

// === impl PeerPeppers ===

impl PeerPeppers {
    /// Returns whether the node can verify all that is computed with this pepper.
    pub fn knows(&self, id: PepperId) -> bool {
        match self {
            Self::Unsaid => false,
            Self::VerifiesNothing => true,
            Self::These(ids) => ids.contains(&id),
        }
    }

    /// Returns whether the node may compute something with this pepper.
    fn may_use(&self, id: PepperId) -> bool {
        match self {
            Self::Unsaid => true,
            Self::VerifiesNothing => false,
            Self::These(ids) => ids.contains(&id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture::pepper_id;
    use PepperJudgment::{ForgetNewest, Newest, Register, Unknown, Waits};

    #[test]
    fn a_proposal_is_judged_by_what_is_there() {
        let [one, two] = [pepper_id(1), pepper_id(2)];
        let knows = |ids: &[PepperId]| PeerPeppers::These(ids.to_vec());
        let used = |id| {
            Some(NewestPepper {
                id,
                has_digests: true,
            })
        };
        let unused = |id| {
            Some(NewestPepper {
                id,
                has_digests: false,
            })
        };
        for (known, newest, is_registered, peers, expected) in [
            // The first node, also beside one of an earlier release.
            (vec![one], None, false, vec![], Register),
            (vec![one], None, false, vec![PeerPeppers::Unsaid], Register),
            // A node that starts as the others do.
            (vec![one], used(one), true, vec![knows(&[one])], Newest(one)),
            // One that was not told of the newest.
            (vec![one], used(two), true, vec![], Unknown(two)),
            (
                vec![one],
                unused(two),
                true,
                vec![knows(&[two])],
                Unknown(two),
            ),
            (
                vec![one],
                unused(two),
                true,
                vec![PeerPeppers::Unsaid],
                Unknown(two),
            ),
            // Nobody can tell that it ever was.
            (vec![one], unused(two), true, vec![], ForgetNewest),
            (
                vec![one],
                unused(two),
                false,
                vec![PeerPeppers::VerifiesNothing],
                ForgetNewest,
            ),
            // A new one, and who knows it.
            (vec![two, one], used(one), false, vec![], Register),
            (
                vec![two, one],
                used(one),
                false,
                vec![knows(&[two, one])],
                Register,
            ),
            (
                vec![two, one],
                used(one),
                false,
                vec![knows(&[one])],
                Waits(one),
            ),
            (
                vec![two, one],
                used(one),
                false,
                vec![PeerPeppers::Unsaid],
                Waits(one),
            ),
            // An older one that is given first does not come back.
            (vec![one, two], used(two), true, vec![], Newest(two)),
        ] {
            let proposal = Proposal::new(known.clone()).unwrap();
            let judgment = proposal.judge(newest, is_registered, &peers);
            assert_eq!(judgment, expected, "{known:?} {newest:?} {peers:?}");
        }
    }
}
