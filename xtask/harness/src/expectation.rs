//! The model of what a question must be answered while changes are made.
//!
//! All instants are those of this process, before a question is sent and after
//! an answer has come, so a wrong answer is never made up by the way between.

use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What one question must be answered, from the first change to the last.
///
/// A change of unknown outcome leaves it open: what was so before and what is
/// so after it are both right until another change is answered.
#[derive(Debug)]
pub struct Expectation<A> {
    states: Mutex<Vec<State<A>>>,
}

/// What was right from one change to the next.
#[derive(Debug, Clone)]
struct State<A> {
    right: Vec<A>,
    /// What was right before, and may still be answered until then.
    lingering: Option<(A, Instant)>,
}

/// When a question was about to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    /// When that was.
    pub asked_at: Instant,
    state: usize,
}

// === impl Expectation ===

impl<A: Copy + Eq + Debug> Expectation<A> {
    /// Begins with one right answer.
    pub fn new(right: A) -> Self {
        Self {
            states: Mutex::new(vec![State::of(right)]),
        }
    }

    /// Begins with one right answer; another may still come for a time.
    pub fn lingering(right: A, old: A, time: Duration) -> Self {
        let expectation = Self::new(right);
        expectation.settle_slowly(right, old, time);
        expectation
    }

    /// A change is about to be sent, after which another answer is right.
    pub fn begin(&self, next: A) {
        let mut states = self.states();
        let mut right = states
            .last()
            .map_or_else(Vec::new, |last| last.right.clone());
        if !right.contains(&next) {
            right.push(next);
        }
        states.push(State {
            right,
            lingering: None,
        });
    }

    /// A change was answered: from now on only this is right.
    pub fn settle(&self, right: A) {
        self.states().push(State::of(right));
    }

    /// A change was answered whose effect is not promised at once: for a time the
    /// old answer may still come.
    pub fn settle_slowly(&self, right: A, old: A, time: Duration) {
        self.states().push(State {
            right: vec![right],
            lingering: Some((old, Instant::now() + time)),
        });
    }

    /// A question is about to be sent.
    pub fn ask(&self) -> Ticket {
        Ticket {
            state: self.states().len() - 1,
            asked_at: Instant::now(),
        }
    }

    /// Returns whether an answer that has come since is right.
    pub fn admits(&self, ticket: Ticket, answer: A) -> bool {
        let states = self.states();
        let mut since = states[ticket.state..].iter();
        since.any(|state| state.admits(answer, ticket.asked_at))
    }

    /// Shows for a message what was right since.
    pub fn shown(&self, ticket: Ticket) -> String {
        let states = self.states();
        let since = states[ticket.state..].iter().map(|state| &state.right);
        format!("{:?}", since.collect::<Vec<_>>())
    }

    /// Locks the states; a task that panicked left nothing half done.
    fn states(&self) -> MutexGuard<'_, Vec<State<A>>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl State ===

impl<A: Eq> State<A> {
    fn of(right: A) -> Self {
        Self {
            right: vec![right],
            lingering: None,
        }
    }

    fn admits(&self, answer: A, asked_at: Instant) -> bool {
        let lingers = |(old, until): &(A, Instant)| *old == answer && asked_at <= *until;
        self.right.contains(&answer) || self.lingering.as_ref().is_some_and(lingers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn only_what_was_so_meanwhile_is_right() {
        let status = Expectation::new(200);
        let before = status.ask();
        assert!(status.admits(before, 200) && !status.admits(before, 401));
        status.begin(401);
        let during = status.ask();
        assert!(status.admits(before, 401));
        assert!(status.admits(during, 200) && status.admits(during, 401));
        status.settle(401);
        let after = status.ask();
        assert!(!status.admits(after, 200) && status.admits(after, 401));
        assert!(status.admits(before, 200) && status.admits(during, 200));
        status.begin(200);
        assert!(status.admits(after, 200) && status.admits(status.ask(), 401));
        assert!(!status.admits(status.ask(), 403));
    }

    #[test]
    fn a_change_of_unknown_outcome_leaves_both_answers_open() {
        let status = Expectation::new(401);
        status.begin(200);
        status.begin(401);
        for answer in [200, 401] {
            assert!(status.admits(status.ask(), answer));
        }
        status.settle(401);
        assert!(!status.admits(status.ask(), 200));
    }

    #[test]
    fn what_lingers_is_right_for_a_time() {
        let status = Expectation::lingering(200, 401, LONG);
        let early = status.ask();
        let late = Ticket {
            asked_at: early.asked_at + 2 * LONG,
            ..early
        };
        assert!(status.admits(early, 401) && status.admits(early, 200));
        assert!(!status.admits(late, 401) && status.admits(late, 200));
    }

    #[test]
    fn what_lingers_ends_with_the_next_change() {
        let status = Expectation::lingering(200, 401, LONG);
        status.settle(200);
        assert!(!status.admits(status.ask(), 401));
    }
}
