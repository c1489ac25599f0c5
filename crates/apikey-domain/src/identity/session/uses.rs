//! The uses of sessions that wait to be stored.

use crate::identifier::SessionId;
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// The sessions whose use waits to be stored, each once. A request never waits for that.
///
/// # Example
///
/// ```
/// use apikey_domain::{identifier::SessionId, identity::session::SessionUses};
///
/// let uses = SessionUses::default();
/// uses.record(SessionId(5));
/// uses.record(SessionId(5));
/// assert_eq!(uses.take(10), [SessionId(5)]);
/// assert!(uses.take(10).is_empty());
/// ```
#[derive(Debug, Default)]
pub struct SessionUses(Mutex<BTreeSet<SessionId>>);

impl SessionUses {
    /// How many wait at most. More are not recorded: their sessions last as long as without
    /// this use, and the next one is recorded.
    pub const CAPACITY: usize = 10_000;

    /// Records that a session was used.
    pub fn record(&self, id: SessionId) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < Self::CAPACITY {
            waiting.insert(id);
        }
    }

    /// Takes the sessions with the lowest ids, at most `most`.
    pub fn take(&self, most: usize) -> Vec<SessionId> {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = Vec::new();
        while taken.len() < most
            && let Some(id) = waiting.pop_first()
        {
            taken.push(id);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let uses = SessionUses::default();
        for id in 0..=SessionUses::CAPACITY {
            uses.record(SessionId(i64::try_from(id).unwrap()));
        }
        assert_eq!(uses.take(usize::MAX).len(), SessionUses::CAPACITY);
    }
}
