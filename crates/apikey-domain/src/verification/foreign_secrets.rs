//! What is remembered of secrets that were presented for keys of other services.

mod ids;
mod outcomes;
mod places;
mod renewals;

use crate::{
    error::{Error, PortError, with_causes},
    identity::sign_in::{Part, UnderWay},
    key::digest::{ForeignDigest, HashedText},
    port::slow_digests::{KeyParty, SlowDigests},
};
use futures_util::{FutureExt, future::BoxFuture};
use ids::Code;
pub(crate) use ids::CredentialId;
use outcomes::Outcomes;
use places::Places;
use renewals::Renewals;
use std::sync::Arc;

type Outcome = Result<bool, Arc<PortError>>;

/// What a process remembers of secrets that were presented for keys with a foreign digest,
/// so that none is computed twice: which were right and wrong, under a keyed digest, which
/// are being computed, and which digests are being renewed.
pub(crate) struct ForeignSecrets {
    slow: Option<Arc<dyn SlowDigests>>,
    outcomes: Outcomes,
    under_way: UnderWay<Outcome>,
    places: Places,
    pub(crate) renewals: Renewals,
}

/// A key that is presented, and the slow digest that it is compared with.
pub(crate) struct Attempt<'a> {
    pub(crate) code: Code,
    pub(crate) digest: &'a Arc<ForeignDigest>,
    pub(crate) text: &'a str,
    pub(crate) credential: CredentialId,
    pub(crate) party: KeyParty,
}

// === impl ForeignSecrets ===

impl ForeignSecrets {
    /// Returns what remembers nothing yet. Without `slow`, keys that need it are
    /// unavailable.
    pub(crate) fn new(slow: Option<Arc<dyn SlowDigests>>) -> Self {
        Self {
            slow,
            outcomes: Outcomes::default(),
            under_way: UnderWay::new(),
            places: Places::default(),
            renewals: Renewals::default(),
        }
    }

    /// Returns what came of an equal attempt, if that is remembered.
    pub(crate) fn known(&self, code: &Code) -> Option<bool> {
        self.outcomes.get(code)
    }

    /// Returns whether the key is the right one, by computing its digest. Equal attempts
    /// that come at once are computed once, and so are those that come one after another.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if too many digests are to be computed, in all or for this
    /// credential.
    pub(crate) async fn is_right(&self, attempt: Attempt<'_>) -> Result<bool, Error> {
        let part = self
            .under_way
            .join_or_begin(attempt.code, || self.begin(&attempt))?;
        let (Part::Begun(outcome) | Part::Joined(outcome)) = part;
        outcome.await.map_err(failed)
    }

    fn begin(&self, attempt: &Attempt<'_>) -> Result<BoxFuture<'static, Outcome>, Error> {
        // An equal one has ended meanwhile.
        if let Some(known) = self.known(&attempt.code) {
            return Ok(std::future::ready(Ok(known)).boxed());
        }
        let Some(slow) = self.slow.clone() else {
            let cause = "these ports cannot compute the digest of this key";
            return Err(Error::Unavailable(cause.into()));
        };
        let Some(place) = self.places.take(attempt.credential) else {
            let cause = "too many secrets are presented for one key at once";
            return Err(Error::Unavailable(cause.into()));
        };
        let (code, party) = (attempt.code, attempt.party);
        let (digest, text) = (Arc::clone(attempt.digest), HashedText::new(attempt.text));
        let outcomes = self.outcomes.clone();
        // Before the attempt ends, so that no equal one begins between the two.
        let remember = Box::new(move |is_right| outcomes.insert(code, is_right));
        let computed = async move {
            let _place = place;
            let computed = slow.matches(text, digest, party, remember);
            computed.await.map_err(Arc::new)
        };
        Ok(computed.boxed())
    }
}

/// Returns the error of an attempt that several wait for.
fn failed(error: Arc<PortError>) -> Error {
    match &*error {
        PortError::Unavailable(cause) => Error::Unavailable(with_causes(&**cause).into()),
        _ => Error::Internal(Box::new(error)),
    }
}
