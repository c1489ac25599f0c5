//! Which facts are out of date.

use crate::{
    fingerprint::{Fingerprint, Fingerprints},
    synchronization::{AtomicU64, Ordering},
};
use apikey_domain::{
    change::{Effect, KeyEvent, StandingChange, observer::ChangeObserver},
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
/// Places are shared: two keys at the same one can only cost each other a load.
///
/// # Example
///
/// ```
/// use apikey_cache::Revisions;
/// use apikey_domain::change::{Effect, KeyEvent, observer::ChangeObserver};
/// use apikey_domain::testing::fixture;
///
/// let revisions = Revisions::new();
/// let key = fixture::api_key(7, "ci");
/// let owner = fixture::key_facts(7, "ci").owner;
/// let began = revisions.latest();
/// assert!(revisions.is_current(began, key.access_key.as_str(), &owner));
/// revisions.committed(&[Effect::Key(KeyEvent::Deleted(key.clone()))]);
/// assert!(!revisions.is_current(began, key.access_key.as_str(), &owner));
/// assert!(revisions.is_current(revisions.latest(), key.access_key.as_str(), &owner));
/// ```
pub struct Revisions {
    fingerprints: Fingerprints,
    latest: AtomicU64,
    everything: AtomicU64,
    keys: Places,
    creations: Places,
    users: Places,
    members: Places,
}

/// The numbers of the last changes at each place.
struct Places(Box<[AtomicU64]>);

// === impl Revisions ===

impl Revisions {
    /// Knows of no change yet. Takes about 1 MiB.
    pub fn new() -> Self {
        Self::with_places(1 << 16, 1 << 12)
    }

    /// With so many places for keys, and so many for anything else.
    pub fn with_places(keys: usize, others: usize) -> Self {
        Self {
            fingerprints: Fingerprints::new(),
            latest: AtomicU64::new(0),
            everything: AtomicU64::new(0),
            keys: Places::new(keys),
            creations: Places::new(keys),
            users: Places::new(others),
            members: Places::new(others),
        }
    }

    /// The number of the latest change: to be read before a load begins.
    pub fn latest(&self) -> u64 {
        self.latest.load(Ordering::SeqCst)
    }

    /// Whether facts of this access key and owner still count, whose load began
    /// when `revision` was the latest.
    pub fn is_current(&self, revision: u64, access_key: &str, owner: &KeyOwner) -> bool {
        self.counts(revision, self.fingerprint_of(access_key), owner)
    }

    pub(crate) fn counts(&self, revision: u64, key: Fingerprint, owner: &KeyOwner) -> bool {
        let (user_id, principal_id) = (owner.user_id, owner.owner_principal_id);
        // The first is enough, and saves the others when nothing changes.
        self.latest() <= revision
            || (self.everything.load(Ordering::SeqCst) <= revision
                && self.keys.last(key.place(self.keys.count())) <= revision
                && self.users.last(self.place_of_user(user_id)) <= revision
                && self
                    .members
                    .last(self.place_of_member(user_id, principal_id))
                    <= revision)
    }

    /// Whether it still counts that no key was found that `key` could be.
    pub(crate) fn counts_as_absent(&self, revision: u64, key: Fingerprint) -> bool {
        self.latest() <= revision
            || (self.everything.load(Ordering::SeqCst) <= revision
                && self.creations.last(key.place(self.creations.count())) <= revision)
    }

    pub(crate) fn fingerprint_of(&self, access_key: &str) -> Fingerprint {
        self.fingerprints.of(access_key)
    }

    fn place_of_user(&self, id: UserId) -> usize {
        (id.0 as u64 % self.users.count() as u64) as usize
    }

    fn place_of_member(&self, id: UserId, principal_id: PrincipalId) -> usize {
        let mixed = (id.0 as u64).wrapping_mul(31) ^ principal_id.0 as u64;
        (mixed % self.members.count() as u64) as usize
    }

    fn apply(&self, number: u64, effect: &Effect) {
        match effect {
            Effect::Key(KeyEvent::Created(key)) => {
                let key = self.fingerprint_of(key.access_key.as_str());
                self.creations
                    .raise(key.place(self.creations.count()), number);
            }
            Effect::Key(KeyEvent::Updated { after: key, .. } | KeyEvent::Deleted(key)) => {
                let key = self.fingerprint_of(key.access_key.as_str());
                self.keys.raise(key.place(self.keys.count()), number);
            }
            Effect::Standing(StandingChange::User(id)) => {
                self.users.raise(self.place_of_user(*id), number);
            }
            Effect::Standing(StandingChange::Member(id, principal_id)) => {
                let place = self.place_of_member(*id, *principal_id);
                self.members.raise(place, number);
            }
            // Says nothing that the others do not.
            Effect::AccessLost(_) => {}
        }
    }
}

impl Default for Revisions {
    fn default() -> Self {
        Self::new()
    }
}

impl ChangeObserver for Revisions {
    fn committed(&self, effects: &[Effect]) {
        let number = self.latest.fetch_add(1, Ordering::SeqCst) + 1;
        for effect in effects {
            self.apply(number, effect);
        }
    }

    fn lost_track(&self) {
        let number = self.latest.fetch_add(1, Ordering::SeqCst) + 1;
        self.everything.fetch_max(number, Ordering::SeqCst);
    }
}

// === impl Places ===

impl Places {
    fn new(count: usize) -> Self {
        Self((0..count.max(1)).map(|_| AtomicU64::new(0)).collect())
    }

    fn count(&self) -> usize {
        self.0.len()
    }

    fn last(&self, place: usize) -> u64 {
        self.0
            .get(place)
            .map_or(u64::MAX, |last| last.load(Ordering::SeqCst))
    }

    fn raise(&self, place: usize, number: u64) {
        if let Some(last) = self.0.get(place) {
            last.fetch_max(number, Ordering::SeqCst);
        }
    }
}
