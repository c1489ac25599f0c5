//! The model: what each right must be answered with, and when an answer is
//! wrong.
//!
//! A change of unknown outcome leaves its right undecided: either answer is fine
//! until an acknowledged change decides it again. All instants are those of
//! this process, before a question is sent and after an answer has come, so a
//! wrong answer is never made up by the way between.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::cluster_test::locked;

/// How long a right that was given back may still be refused: only taking it
/// away is promised to count at once.
pub(super) const GIVING_BACK: Duration = Duration::from_secs(5);

/// What is asked about a key.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// The whole key.
    pub(super) key: String,
    /// The scope it must grant.
    pub(super) scope: &'static str,
    /// The model it must be good for.
    pub(super) model: Option<&'static str>,
}

/// A right that is taken away and given back, and the question about it.
#[derive(Debug)]
pub(super) struct Right {
    /// What is asked.
    pub(super) question: Question,
    /// How it came to be, for messages.
    pub(super) name: String,
    standing: Mutex<Standing>,
}

/// What is known of a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It was given, and that was answered then.
    Granted(Instant),
    /// Taking it away was answered.
    Revoked,
    /// A change was sent and is not answered, or its outcome is unknown.
    Undecided,
}

#[derive(Debug, Clone, Copy)]
struct Standing {
    state: State,
    /// Moves with every change of the state.
    generation: u64,
}

/// What was known when a question was about to be sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ticket {
    standing: Standing,
    /// When the question was about to be sent.
    pub(super) asked_at: Instant,
}

/// What a question was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    /// The key is right and may do it.
    Accepted,
    /// It is not, or may not.
    Refused,
    /// The server cannot know (503).
    Unavailable,
}

/// What an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is as it must be, or may be.
    Right,
    /// A right was accepted after taking it away had been answered.
    AcceptedAfterItsRevocation,
    /// A right was refused long after it was given.
    RefusedThoughGranted,
}

// === impl Right ===

impl Right {
    /// Makes a right that was just given.
    pub(super) fn granted(name: String, question: Question) -> Self {
        let standing = Standing {
            state: State::Granted(Instant::now()),
            generation: 0,
        };
        Self {
            question,
            name,
            standing: Mutex::new(standing),
        }
    }

    /// A change is about to be sent.
    pub(super) fn begin(&self) {
        self.set(State::Undecided);
    }

    /// Giving the right was answered.
    pub(super) fn grant(&self) {
        self.set(State::Granted(Instant::now()));
    }

    /// Taking the right away was answered.
    pub(super) fn revoke(&self) {
        self.set(State::Revoked);
    }

    /// A question is about to be sent.
    pub(super) fn ask(&self) -> Ticket {
        let standing = locked(&self.standing);
        Ticket {
            standing: *standing,
            asked_at: Instant::now(),
        }
    }

    /// Judges the answer that has come.
    pub(super) fn judge(&self, ticket: Ticket, reply: Reply) -> Verdict {
        let is_unchanged = locked(&self.standing).generation == ticket.standing.generation;
        match (ticket.standing.state, reply) {
            (State::Revoked, Reply::Accepted) if is_unchanged => {
                Verdict::AcceptedAfterItsRevocation
            }
            (State::Granted(at), Reply::Refused)
                if is_unchanged && ticket.asked_at > at + GIVING_BACK =>
            {
                Verdict::RefusedThoughGranted
            }
            _ => Verdict::Right,
        }
    }

    fn set(&self, state: State) {
        let mut standing = locked(&self.standing);
        standing.state = state;
        standing.generation += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right() -> Right {
        let question = Question {
            key: "k".to_owned(),
            scope: "inference",
            model: None,
        };
        Right::granted("k".to_owned(), question)
    }

    #[test]
    fn an_acceptance_after_an_answered_revocation_is_reported() {
        let right = right();
        right.begin();
        right.revoke();
        let ticket = right.ask();
        let verdict = right.judge(ticket, Reply::Accepted);
        assert_eq!(verdict, Verdict::AcceptedAfterItsRevocation);
        assert_eq!(right.judge(ticket, Reply::Refused), Verdict::Right);
        assert_eq!(right.judge(ticket, Reply::Unavailable), Verdict::Right);
    }

    #[test]
    fn a_question_from_before_the_answer_may_be_answered_either_way() {
        let right = right();
        let before = right.ask();
        right.begin();
        let during = right.ask();
        right.revoke();
        for ticket in [before, during] {
            assert_eq!(right.judge(ticket, Reply::Accepted), Verdict::Right);
            assert_eq!(right.judge(ticket, Reply::Refused), Verdict::Right);
        }
    }

    #[test]
    fn an_acceptance_is_fine_once_giving_the_right_back_was_sent() {
        let right = right();
        right.revoke();
        let ticket = right.ask();
        right.begin();
        assert_eq!(right.judge(ticket, Reply::Accepted), Verdict::Right);
        right.grant();
        assert_eq!(right.judge(right.ask(), Reply::Accepted), Verdict::Right);
    }

    #[test]
    fn a_change_of_unknown_outcome_leaves_both_answers_open() {
        let right = right();
        right.revoke();
        right.begin();
        for reply in [Reply::Accepted, Reply::Refused] {
            assert_eq!(right.judge(right.ask(), reply), Verdict::Right);
        }
    }

    #[test]
    fn a_refusal_is_reported_when_the_right_has_been_back_for_long() {
        let right = right();
        let early = right.ask();
        let late = Ticket {
            asked_at: early.asked_at + 2 * GIVING_BACK,
            ..early
        };
        assert_eq!(right.judge(early, Reply::Refused), Verdict::Right);
        let verdict = right.judge(late, Reply::Refused);
        assert_eq!(verdict, Verdict::RefusedThoughGranted);
    }
}
