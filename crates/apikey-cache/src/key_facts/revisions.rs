//! Which cached facts are stale.

use super::{
    fingerprint::{Fingerprint, Fingerprints},
    synchronization::{AtomicU64, Ordering},
};
use apikey_domain::{
    change::{
        Change, KeyEvent, Transition, invalidator::CacheInvalidator, recorded::UnreadableChange,
    },
    identifier::{PrincipalId, UserId},
    key::api_key::ApiKey,
    verification::facts::{KeyFacts, KeyOwner},
};

/// Striped version counters: numbers the changes, and keeps for each stripe the
/// number of its latest change.
///
/// A change that is committed, and not yet answered, takes the next number and
/// writes it to the stripes it concerns: a key's, a user's, a member's, the one
/// for all creations, or the one for everything. Facts carry the number that was the latest when their
/// load began, and are current only while none of their stripes has a higher
/// one.
///
/// Take a change with number *n* and a load that read the old row. The load read
/// before the commit, so it began before the change took its number: its facts
/// carry a number below *n*. Once the change has written *n*, which happens
/// before it is answered, these facts are stale, no matter when or where they
/// are inserted. So no entry has to be removed, and no lock is held while a row
/// is read.
///
/// Stripes are shared: keys on the same stripe can only cost each other a load.
///
/// # Example
///
/// ```
/// use apikey_cache::Revisions;
/// use apikey_domain::change::{Change, KeyEvent, Transition, invalidator::CacheInvalidator};
/// use apikey_domain::testing::fixture;
///
/// let revisions = Revisions::new();
/// let key = fixture::api_key(7, "ci");
/// let began = revisions.latest();
/// revisions.invalidate(&Change::Key(KeyEvent::Deleted(key)));
/// assert!(revisions.latest() > began);
/// ```
pub struct Revisions {
    fingerprints: Fingerprints,
    latest: AtomicU64,
    everything: AtomicU64,
    keys: Stripes,
    creations: Stripes,
    all_creations: AtomicU64,
    users: Stripes,
    members: Stripes,
    /// The number of the latest change that named something by these stripes only.
    named: AtomicU64,
    /// Raised by unreadable changes only: a readable one knows the access key.
    named_keys: Stripes,
    /// Raised by unreadable changes, and by deletions of organizations.
    named_principals: Stripes,
}

/// The number of the latest change of each stripe.
struct Stripes(Box<[AtomicU64]>);

// === impl Revisions ===

impl Revisions {
    /// Returns counters that have seen no change. They take about 1 MiB.
    pub fn new() -> Self {
        Self::with_stripes(1 << 16, 1 << 12)
    }

    /// Returns counters with the given numbers of stripes for keys and for all
    /// else.
    pub(crate) fn with_stripes(keys: usize, others: usize) -> Self {
        Self {
            fingerprints: Fingerprints::new(),
            latest: AtomicU64::new(0),
            everything: AtomicU64::new(0),
            keys: Stripes::new(keys),
            creations: Stripes::new(keys),
            all_creations: AtomicU64::new(0),
            users: Stripes::new(others),
            members: Stripes::new(others),
            named: AtomicU64::new(0),
            named_keys: Stripes::new(others),
            named_principals: Stripes::new(others),
        }
    }

    /// Returns the number of the latest change. To be read before a load begins.
    pub fn latest(&self) -> u64 {
        self.latest.load(Ordering::SeqCst)
    }

    /// Returns whether facts of this key are current, given that their load began
    /// when `revision` was the latest.
    pub(crate) fn is_current(&self, revision: u64, key: Fingerprint, facts: &KeyFacts) -> bool {
        let owner = &facts.owner;
        let member = member(owner.user_id, owner.owner_principal_id);
        // When nothing has changed at all, the first comparison is enough.
        self.latest() <= revision
            || (self.everything.load(Ordering::SeqCst) <= revision
                && self.keys.last(key.half()) <= revision
                && self.users.last(owner.user_id.0 as u64) <= revision
                && self.members.last(member) <= revision
                && self.is_not_named(revision, facts))
    }

    /// Returns whether an owner that was loaded when `revision` was the latest is current,
    /// and whether facts of this key may carry that revision.
    pub(crate) fn is_owner_current(
        &self,
        revision: u64,
        key: Fingerprint,
        owner: &KeyOwner,
    ) -> bool {
        let member = member(owner.user_id, owner.owner_principal_id);
        self.latest() <= revision
            || (self.everything.load(Ordering::SeqCst) <= revision
                && self.keys.last(key.half()) <= revision
                && self.users.last(owner.user_id.0 as u64) <= revision
                && self.members.last(member) <= revision
                && self.named.load(Ordering::SeqCst) <= revision)
    }

    /// Returns whether no change since `revision` named the key or its owner principal by
    /// its id only.
    fn is_not_named(&self, revision: u64, facts: &KeyFacts) -> bool {
        let owner = facts.owner.owner_principal_id;
        self.named.load(Ordering::SeqCst) <= revision
            || (self.named_keys.last(facts.id.0 as u64) <= revision
                && self.named_principals.last(owner.0 as u64) <= revision)
    }

    /// Returns whether a miss is current: no key that could be `key` was created
    /// since `revision`.
    pub(crate) fn is_still_absent(&self, revision: u64, key: Fingerprint) -> bool {
        self.latest() <= revision
            || (self.everything.load(Ordering::SeqCst) <= revision
                && self.all_creations.load(Ordering::SeqCst) <= revision
                && self.creations.last(key.half()) <= revision)
    }

    pub(crate) fn fingerprint_of(&self, access_key: &str) -> Fingerprint {
        self.fingerprints.of(access_key)
    }

    /// Returns the number of a new change.
    fn next(&self) -> u64 {
        self.latest.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Makes stale what is known of every credential of a key, and that there was none with
    /// its access key.
    fn raise_key(&self, key: &ApiKey, number: u64) {
        let rotated = key.rotated.iter().map(|one| &one.access_key);
        for access_key in rotated.chain([&key.access_key]) {
            let key = self.fingerprint_of(access_key.as_str());
            self.keys.raise(key.half(), number);
            self.creations.raise(key.half(), number);
        }
    }

    fn apply(&self, number: u64, change: &Change) {
        match change {
            Change::Key(KeyEvent::Created(key)) => {
                let key = self.fingerprint_of(key.access_key.as_str());
                self.creations.raise(key.half(), number);
            }
            Change::Key(KeyEvent::Updated { before, after }) => {
                self.raise_key(before, number);
                self.raise_key(after, number);
            }
            Change::Key(KeyEvent::Deleted(key)) => self.raise_key(key, number),
            Change::User(user) => self.users.raise(user.subject().id.0 as u64, number),
            Change::Member(membership) => {
                let membership = membership.subject();
                let member = member(membership.user_id, membership.organization_id);
                self.members.raise(member, number);
            }
            // A deleted organization owns no keys. But while an earlier release runs beside
            // this one it may create some in it, and then the owner is not to be known from
            // others.
            Change::Organization(Transition::Deleted(organization)) => {
                self.named_principals
                    .raise(organization.id.0 as u64, number);
                self.named.fetch_max(number, Ordering::SeqCst);
            }
            // No facts depend on these.
            Change::Password(_) | Change::Organization(_) | Change::Notice(_) => {}
        }
    }
}

/// Returns a number for a user in an organization, to choose a stripe.
fn member(id: UserId, principal_id: PrincipalId) -> u64 {
    (id.0 as u64).wrapping_mul(31) ^ principal_id.0 as u64
}

impl Default for Revisions {
    fn default() -> Self {
        Self::new()
    }
}

impl CacheInvalidator for Revisions {
    fn invalidate(&self, change: &Change) {
        let number = self.next();
        self.apply(number, change);
    }

    /// Whatever the change names is stale, each id by itself: what a later release
    /// writes need not be related as it is today. A cached miss has no id, so a
    /// change that names a key makes all of them stale.
    fn invalidate_unreadable(&self, change: &UnreadableChange) {
        let ids = (change.api_key_id, change.user_id, change.principal_id);
        if change.kind.is_none() || ids == (None, None, None) {
            return self.invalidate_all();
        }
        let number = self.next();
        if let Some(id) = change.api_key_id {
            self.named_keys.raise(id.0 as u64, number);
            self.all_creations.fetch_max(number, Ordering::SeqCst);
        }
        if let Some(id) = change.user_id {
            self.users.raise(id.0 as u64, number);
        }
        if let Some(id) = change.principal_id {
            self.named_principals.raise(id.0 as u64, number);
        }
        self.named.fetch_max(number, Ordering::SeqCst);
    }

    fn invalidate_all(&self) {
        let number = self.next();
        self.everything.fetch_max(number, Ordering::SeqCst);
    }
}

// === impl Stripes ===

impl Stripes {
    fn new(count: usize) -> Self {
        Self((0..count.max(1)).map(|_| AtomicU64::new(0)).collect())
    }

    fn last(&self, subject: u64) -> u64 {
        let stripe = self.stripe(subject);
        stripe.map_or(u64::MAX, |last| last.load(Ordering::SeqCst))
    }

    fn raise(&self, subject: u64, number: u64) {
        if let Some(last) = self.stripe(subject) {
            last.fetch_max(number, Ordering::SeqCst);
        }
    }

    /// Never `None`, because there is at least one stripe.
    fn stripe(&self, subject: u64) -> Option<&AtomicU64> {
        self.0.get((subject % self.0.len() as u64) as usize)
    }
}
