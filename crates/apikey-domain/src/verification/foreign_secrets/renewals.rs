//! Which digests are being renewed.

use super::ids::CredentialId;
use crate::timestamp::Timestamp;
use parking_lot::Mutex;
use std::{collections::HashSet, sync::Arc};

/// How many renewals are under way at once.
const MOST: usize = 256;
/// For how long none is tried after one failed, in seconds: a store that cannot be written
/// must not keep verifications waiting.
const PAUSE_SECONDS: i64 = 10;

/// The renewals that are under way, and whether it is worth a try.
#[derive(Default)]
pub(crate) struct Renewals(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    under_way: HashSet<CredentialId>,
    failed_at: Option<Timestamp>,
}

/// The turn to renew a digest, which ends when it is dropped.
pub(crate) struct Turn {
    renewals: Arc<Mutex<State>>,
    credential: CredentialId,
}

// === impl Renewals ===

impl Renewals {
    /// Returns the turn to renew the digest of a credential; `None` if someone else does, or
    /// if it would keep a verification waiting for nothing.
    pub(crate) fn begin(&self, credential: CredentialId, now: Timestamp) -> Option<Turn> {
        let mut state = self.0.lock();
        let since = state
            .failed_at
            .map(|at| now.microseconds() - at.microseconds());
        // A failure from the future, after the clock was set back, says nothing.
        let is_pause = since.is_some_and(|since| (0..PAUSE_SECONDS * 1_000_000).contains(&since));
        if is_pause || state.under_way.len() >= MOST || !state.under_way.insert(credential) {
            return None;
        }
        Some(Turn {
            renewals: Arc::clone(&self.0),
            credential,
        })
    }
}

// === impl Turn ===

impl Turn {
    /// Says that the digest could not be renewed.
    pub(crate) fn fail(self, now: Timestamp) {
        self.renewals.lock().failed_at = Some(now);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.renewals.lock().under_way.remove(&self.credential);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identifier::ApiKeyId, key::credential::CredentialNumber, testing::fixture};

    fn credential(id: i64) -> CredentialId {
        (ApiKeyId(id), CredentialNumber::FIRST)
    }

    #[test]
    fn one_renews_a_digest_at_a_time_and_not_too_many_renew() {
        let (renewals, now) = (Renewals::default(), fixture::instant());
        let turns: Vec<_> = (0..MOST as i64)
            .map(|id| renewals.begin(credential(id), now).unwrap())
            .collect();
        assert!(renewals.begin(credential(-1), now).is_none());
        drop(turns);
        let turn = renewals.begin(credential(1), now);
        assert!(renewals.begin(credential(1), now).is_none());
        assert!(renewals.begin(credential(2), now).is_some());
        drop(turn);
        assert!(renewals.begin(credential(1), now).is_some());
    }

    #[test]
    fn after_a_failure_none_is_tried_for_a_while() {
        let (renewals, now) = (Renewals::default(), fixture::instant());
        renewals.begin(credential(1), now).unwrap().fail(now);
        let at = |seconds| renewals.begin(credential(1), now.plus_seconds(seconds).unwrap());
        assert!(at(0).is_none() && at(PAUSE_SECONDS - 1).is_none());
        assert!(at(PAUSE_SECONDS).is_some());
        assert!(at(-1).is_some(), "the clock was set back");
    }
}
