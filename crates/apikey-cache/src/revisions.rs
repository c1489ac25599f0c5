//! Which facts are out of date.

use crate::{
    fingerprint::{Fingerprint, Fingerprints},
    synchronization::{AtomicU64, Ordering},
};
use apikey_domain::{
    change::{Change, KeyEvent, invalidator::CacheInvalidator, recorded::UnreadableChange},
    identifier::{PrincipalId, UserId},
    verification::facts::KeyOwner,
};

/// Counts changes, and knows for each place the number of its last one.
///
/// A change that was committed, and is not answered yet, takes the next number
/// and writes it to the places it concerns: a key's, a user's, a member's, or
/// everybody's. Facts carry the number that was the latest when their load
/// began, and count only while none of their places has a higher one.
///
/// Take a change with number *n* and a load that read the old row. It read
/// before the commit, so it began before the change took its number: its facts
/// carry less than *n*. Once the change has written *n*, which is before it is
/// answered, they do not count any more, whoever puts them where and when. So
/// nothing needs to be removed, and nothing is locked while a row is read.
///
/// Stripes are shared: two keys at the same one can only cost each other a load.
///
/// # Example
///
/// ```
/// use apikey_cache::Revisions;
/// use apikey_domain::change::{Change, KeyEvent, invalidator::CacheInvalidator};
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
    users: Stripes,
    members: Stripes,
}

/// The numbers of the last changes at each place.
struct Stripes(Box<[AtomicU64]>);

// === impl Revisions ===

impl Revisions {
    /// Knows of no change yet. Takes about 1 MiB.
    pub fn new() -> Self {
        Self::with_stripes(1 << 16, 1 << 12)
    }

    /// With so many places for keys, and so many for anything else.
    pub(crate) fn with_stripes(keys: usize, others: usize) -> Self {
        Self {
            fingerprints: Fingerprints::new(),
            latest: AtomicU64::new(0),
            everything: AtomicU64::new(0),
            keys: Stripes::new(keys),
            creations: Stripes::new(keys),
            users: Stripes::new(others),
            members: Stripes::new(others),
        }
    }

    /// The number of the latest change: to be read before a load begins.
    pub fn latest(&self) -> u64 {
        self.latest.load(Ordering::SeqCst)
    }

    /// Whether facts of this key and owner still count, whose load began when
    /// `revision` was the latest.
    pub(crate) fn is_current(&self, revision: u64, key: Fingerprint, owner: &KeyOwner) -> bool {
        let member = member(owner.user_id, owner.owner_principal_id);
        // The first is enough, and saves the others when nothing changes.
        self.latest() <= revision
            || (self.everything.load(Ordering::SeqCst) <= revision
                && self.keys.last(key.half()) <= revision
                && self.users.last(owner.user_id.0 as u64) <= revision
                && self.members.last(member) <= revision)
    }

    /// Whether it still counts that no key was found that `key` could be.
    pub(crate) fn is_still_absent(&self, revision: u64, key: Fingerprint) -> bool {
        self.latest() <= revision
            || (self.everything.load(Ordering::SeqCst) <= revision
                && self.creations.last(key.half()) <= revision)
    }

    pub(crate) fn fingerprint_of(&self, access_key: &str) -> Fingerprint {
        self.fingerprints.of(access_key)
    }

    /// Takes the number of a change.
    fn next(&self) -> u64 {
        self.latest.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn apply(&self, number: u64, change: &Change) {
        match change {
            Change::Key(KeyEvent::Created(key)) => {
                let key = self.fingerprint_of(key.access_key.as_str());
                self.creations.raise(key.half(), number);
            }
            Change::Key(KeyEvent::Updated { after: key, .. } | KeyEvent::Deleted(key)) => {
                let key = self.fingerprint_of(key.access_key.as_str());
                self.keys.raise(key.half(), number);
            }
            Change::User(user) => self.users.raise(user.subject().id.0 as u64, number),
            Change::Member(membership) => {
                let theirs = membership.subject();
                let place = member(theirs.user_id, theirs.organization_id);
                self.members.raise(place, number);
            }
            // No facts speak of these. An organization that goes owns no keys.
            Change::Password(_) | Change::Organization(_) => {}
        }
    }
}

/// Stands for a user in an organization.
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

    /// Facts are known by their user, which every event about a key or a
    /// membership names. What is known to be absent has no user.
    fn unreadable(&self, change: &UnreadableChange) {
        let (Some(_), Some(user_id)) = (change.kind, change.user_id) else {
            return self.invalidate_all();
        };
        let number = self.next();
        self.users.raise(user_id.0 as u64, number);
        if change.api_key_id.is_some() {
            self.creations.raise_all(number);
        }
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
        let place = self.place(subject);
        place.map_or(u64::MAX, |last| last.load(Ordering::SeqCst))
    }

    fn raise(&self, subject: u64, number: u64) {
        if let Some(last) = self.place(subject) {
            last.fetch_max(number, Ordering::SeqCst);
        }
    }

    fn raise_all(&self, number: u64) {
        for last in &self.0 {
            last.fetch_max(number, Ordering::SeqCst);
        }
    }

    /// There is one for each subject, as there is always one at all.
    fn place(&self, subject: u64) -> Option<&AtomicU64> {
        self.0.get((subject % self.0.len() as u64) as usize)
    }
}
