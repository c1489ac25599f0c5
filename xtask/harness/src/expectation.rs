//! The model of what a question must be answered while changes are made.
//!
//! All instants are those of this process, before a question is sent and after
//! an answer has come, so a wrong answer is never made up by the way between.

use std::{
    fmt::Debug,
    ops::RangeInclusive,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// What one question must be answered, from the first change to the last.
///
/// A change of unknown outcome leaves it open: what was so before and what is
/// so after it are both right until another change is answered.
#[derive(Debug)]
pub struct Expectation<A> {
    /// What was right from one change to the next.
    states: Mutex<Vec<Vec<Right<A>>>>,
}

/// A right answer.
#[derive(Debug, Clone, Copy)]
struct Right<A> {
    answer: A,
    /// When it came at the earliest.
    from: Option<Instant>,
    /// When it was asked for at the latest.
    until: Option<Instant>,
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
        let states = Mutex::default();
        let expectation = Self { states };
        expectation.settle(right);
        expectation
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
        let before = states.last().into_iter().flatten().copied();
        let stays = |right: &Right<A>| right.answer != next;
        let right = before.filter(stays).chain([Right::of(next)]).collect();
        states.push(right);
    }

    /// A change was answered: from now on only this is right.
    pub fn settle(&self, right: A) {
        self.states().push(vec![Right::of(right)]);
    }

    /// A change is about to be sent, after which another answer is right from a time on,
    /// which is known only so well.
    pub fn begin_turn(&self, next: A, turn: &RangeInclusive<Instant>) {
        let mut states = self.states();
        let before = states.last().into_iter().flatten().copied();
        let right = before.chain([Right::since(next, turn)]).collect();
        states.push(right);
    }

    /// Such a change was answered: until then only the old answer is right, and from then
    /// on only the next one.
    pub fn settle_turn(&self, next: A, old: A, turn: &RangeInclusive<Instant>) {
        let old = Right::until(old, *turn.end());
        self.states().push(vec![old, Right::since(next, turn)]);
    }

    /// A change was answered whose effect is not promised at once: for a time the
    /// old answer may still come.
    pub fn settle_slowly(&self, right: A, old: A, time: Duration) {
        self.states().push(Right::lingering(right, old, time));
    }

    /// Whatever changes were answered, only this is right now, and the old answer may
    /// still come for a time. It stays open what a change that is under way does.
    pub fn turn_out(&self, right: A, old: A, time: Duration) {
        let mut states = self.states();
        let last = states.last().into_iter().flatten();
        let lasting: Vec<A> = last
            .filter(|right| right.until.is_none())
            .map(|right| right.answer)
            .collect();
        if matches!(lasting[..], [decided] if decided != right) {
            states.push(Right::lingering(right, old, time));
        }
    }

    /// A question is about to be sent.
    pub fn ask(&self) -> Ticket {
        Ticket {
            state: self.states().len() - 1,
            asked_at: Instant::now(),
        }
    }

    /// A change was answered that gives more than before: it may take a time until that is
    /// known everywhere, and until then all may still come that was right.
    pub fn settle_grant(&self, right: A, time: Duration) {
        let mut states = self.states();
        let end = Instant::now() + time;
        let before = states.last().into_iter().flatten().copied();
        let old = before.filter(|old| old.answer != right).map(|old| Right {
            until: Some(old.until.map_or(end, |until| until.min(end))),
            ..old
        });
        let all = old.chain([Right::of(right)]).collect();
        states.push(all);
    }

    /// Returns the one right answer of now, and how many changes led to it; nothing while a
    /// change is under way or an old answer may still come.
    pub fn settled(&self) -> Option<(A, usize)> {
        let states = self.states();
        let [
            Right {
                answer,
                from,
                until,
            },
        ] = states.last()?[..]
        else {
            return None;
        };
        (from.is_none() && until.is_none()).then_some((answer, states.len()))
    }

    /// Returns whether an answer that has come since is right.
    pub fn admits(&self, ticket: Ticket, answer: A) -> bool {
        self.admits_one(ticket, |right| right == answer)
    }

    /// Returns whether one of the right answers since is one of these.
    pub fn admits_one(&self, ticket: Ticket, is_one: impl Fn(A) -> bool) -> bool {
        let now = Instant::now();
        let states = self.states();
        let mut since = states[ticket.state..].iter().flatten();
        since.any(|right| {
            is_one(right.answer)
                && right.from.is_none_or(|from| now >= from)
                && right.until.is_none_or(|until| ticket.asked_at <= until)
        })
    }

    /// Shows for a message what was right since.
    pub fn shown(&self, ticket: Ticket) -> String {
        let states = self.states();
        let since = states[ticket.state..].iter();
        let answers = since.map(|state| state.iter().map(|right| right.answer));
        let answers: Vec<Vec<_>> = answers.map(Iterator::collect).collect();
        format!("{answers:?}")
    }

    /// Locks the states; a task that panicked left nothing half done.
    fn states(&self) -> MutexGuard<'_, Vec<Vec<Right<A>>>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Right ===

impl<A> Right<A> {
    fn of(answer: A) -> Self {
        Self {
            answer,
            from: None,
            until: None,
        }
    }

    fn since(answer: A, turn: &RangeInclusive<Instant>) -> Self {
        let from = Some(*turn.start());
        Self {
            from,
            ..Self::of(answer)
        }
    }

    fn until(answer: A, until: Instant) -> Self {
        let until = Some(until);
        Self {
            until,
            ..Self::of(answer)
        }
    }

    /// Returns a right answer, and an old one that is right for a time.
    fn lingering(answer: A, old: A, time: Duration) -> Vec<Self> {
        vec![Self::of(answer), Self::until(old, Instant::now() + time)]
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
        assert!(status.admits(after, 200));
        status.begin(401);
        let unknown = status.ask();
        assert!(status.admits(unknown, 200) && status.admits(unknown, 401));
        assert!(!status.admits(unknown, 403));
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
        status.settle(200);
        assert!(!status.admits(status.ask(), 401));
    }

    #[test]
    fn what_is_given_takes_a_time_and_leaves_what_was_to_come() {
        let status = Expectation::lingering(403, 401, LONG);
        assert_eq!(status.settled(), None);
        status.begin(200);
        status.settle_grant(200, LONG);
        let early = status.ask();
        assert!([200, 401, 403].map(|one| status.admits(early, one)) == [true; 3]);
        let late = Ticket {
            asked_at: early.asked_at + 2 * LONG,
            ..early
        };
        assert!([200, 401, 403].map(|one| status.admits(late, one)) == [true, false, false]);
        status.settle(401);
        assert!(!status.admits(status.ask(), 200));
        assert_eq!(status.settled().map(|(right, _)| right), Some(401));
    }

    #[test]
    fn what_turns_at_an_instant_is_one_answer_before_it_and_another_after_it() {
        let status = Expectation::new(200);
        let now = Instant::now();
        let ahead = now + LONG..=now + LONG;
        status.begin_turn(401, &ahead);
        let during = status.ask();
        assert!(status.admits(during, 200) && !status.admits(during, 401));
        status.settle_turn(401, 200, &ahead);
        let before = status.ask();
        assert!(status.admits(before, 200) && !status.admits(before, 401));

        let status = Expectation::new(200);
        let past = now..=now;
        status.begin_turn(401, &past);
        let during = status.ask();
        assert!(status.admits(during, 200) && status.admits(during, 401));
        let early = Ticket {
            asked_at: now,
            ..during
        };
        status.settle_turn(401, 200, &past);
        let late = status.ask();
        assert!(status.admits(early, 200) && status.admits(early, 401));
        assert!(!status.admits(late, 200) && status.admits(late, 401));
    }

    #[test]
    fn what_turns_out_undoes_what_was_answered_and_not_what_is_under_way() {
        let status = Expectation::new(200);
        status.settle(401);
        status.turn_out(200, 401, Duration::ZERO);
        let after = status.ask();
        assert!(status.admits(after, 200) && !status.admits(after, 401));
        status.begin(401);
        status.turn_out(200, 401, Duration::ZERO);
        let during = status.ask();
        assert!(status.admits(during, 200) && status.admits(during, 401));
        status.settle(401);
        assert!(!status.admits(status.ask(), 200));
    }

    #[test]
    fn what_lingers_does_so_while_a_change_is_under_way() {
        let status = Expectation::lingering(401, 200, LONG);
        status.begin(401);
        let during = status.ask();
        let late = Ticket {
            asked_at: during.asked_at + 2 * LONG,
            ..during
        };
        assert!(status.admits(during, 200) && !status.admits(late, 200));
        status.settle(401);
        assert!(!status.admits(status.ask(), 200));
    }
}
