//! Attempts that are under way.

use super::digests::Digest;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

type Entries<T> = Arc<Mutex<State<T>>>;

/// Attempts that are under way, so that the second of two equal ones waits for the
/// first. An attempt goes on as long as anyone waits for it.
pub(crate) struct UnderWay<T: Clone>(Entries<T>);

struct State<T: Clone> {
    /// Each attempt, with its number.
    attempts: HashMap<Digest, (u64, WeakShared<BoxFuture<'static, T>>)>,
    /// How many were begun.
    begun: u64,
}

/// What an attempt is to someone.
pub(crate) enum Part<T: Clone> {
    /// They began it.
    Begun(Shared<BoxFuture<'static, T>>),
    /// They wait for one that someone else began.
    Joined(Shared<BoxFuture<'static, T>>),
}

/// Removes an attempt when it has ended or nobody waits for it any more.
struct Entry<T: Clone> {
    entries: Entries<T>,
    digest: Digest,
    number: u64,
}

// === impl UnderWay ===

impl<T: Clone + Send + Sync + 'static> UnderWay<T> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            attempts: HashMap::new(),
            begun: 0,
        })))
    }

    /// Joins an equal attempt, or else begins one. Of several that come at once exactly
    /// one begins.
    ///
    /// # Errors
    ///
    /// That of `begin`, which returns the attempt.
    pub(crate) fn join_or_begin<E>(
        &self,
        digest: Digest,
        begin: impl FnOnce() -> Result<BoxFuture<'static, T>, E>,
    ) -> Result<Part<T>, E> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = entries.attempts.get(&digest);
        if let Some(joined) = known.and_then(|(_, attempt)| attempt.upgrade()) {
            return Ok(Part::Joined(joined));
        }
        let attempt = begin()?;
        entries.begun += 1;
        let number = entries.begun;
        let entry = Entry {
            entries: Arc::clone(&self.0),
            digest,
            number,
        };
        let begun = async move {
            let _entry = entry;
            attempt.await
        };
        let begun = begun.boxed().shared();
        if let Some(weak) = begun.downgrade() {
            entries.attempts.insert(digest, (number, weak));
        }
        Ok(Part::Begun(begun))
    }
}

// === impl Entry ===

impl<T: Clone> Drop for Entry<T> {
    fn drop(&mut self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        // Another may have begun since nobody waited for this one.
        let own = entries.attempts.get(&self.digest);
        if own.is_some_and(|(number, _)| *number == self.number) {
            entries.attempts.remove(&self.digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::{pending, ready};
    use std::convert::Infallible;

    fn begin(under_way: &UnderWay<u8>, attempt: BoxFuture<'static, u8>) -> Part<u8> {
        let Ok(part) = under_way.join_or_begin([0; 32], || Ok::<_, Infallible>(attempt));
        part
    }

    #[test]
    fn an_attempt_is_joined_until_it_has_ended() {
        let under_way = UnderWay::new();
        let Part::Begun(first) = begin(&under_way, ready(1).boxed()) else {
            panic!("joined")
        };
        let Part::Joined(second) = begin(&under_way, ready(2).boxed()) else {
            panic!("begun")
        };
        assert_eq!(second.now_or_never(), Some(1));
        assert_eq!(first.now_or_never(), Some(1));
        assert!(under_way.0.lock().unwrap().attempts.is_empty());
        assert!(matches!(
            begin(&under_way, ready(3).boxed()),
            Part::Begun(_)
        ));
    }

    #[test]
    fn an_attempt_for_which_nobody_waits_is_forgotten() {
        let under_way = UnderWay::new();
        drop(begin(&under_way, pending().boxed()));
        assert!(under_way.0.lock().unwrap().attempts.is_empty());
        assert!(matches!(
            begin(&under_way, ready(1).boxed()),
            Part::Begun(_)
        ));
    }

    #[test]
    fn an_attempt_that_is_refused_is_not_under_way() {
        let under_way = UnderWay::<u8>::new();
        let refused = under_way.join_or_begin([0; 32], || Err("refused"));
        assert!(matches!(refused, Err("refused")));
        assert!(under_way.0.lock().unwrap().attempts.is_empty());
    }

    #[test]
    fn an_attempt_that_ends_late_does_not_remove_the_next_one() {
        let under_way = UnderWay::new();
        let Part::Begun(next) = begin(&under_way, ready(1).boxed()) else {
            panic!("joined")
        };
        drop(Entry {
            entries: Arc::clone(&under_way.0),
            digest: [0; 32],
            number: 0,
        });
        assert!(matches!(
            begin(&under_way, ready(2).boxed()),
            Part::Joined(_)
        ));
        assert_eq!(next.now_or_never(), Some(1));
    }
}
