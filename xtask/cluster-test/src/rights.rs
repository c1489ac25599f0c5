//! Rights that are taken away and restored, and what questions about them must
//! be answered.

use crate::records::Found;
use std::time::Duration;
use xtask_harness::expectation::Expectation;

/// How long a restored right may still be refused: only a revocation
/// is promised to hold at once.
pub(crate) const RESTORATION_LIMIT: Duration = Duration::from_secs(5);

/// A right that is taken away and restored, and the question about it.
#[derive(Debug)]
pub(crate) struct Right {
    /// How it came to be, for messages.
    pub(crate) name: String,
    /// The key that is asked about.
    pub(crate) key: String,
    /// The fact in the database that it rests on.
    pub(crate) fact: String,
    /// The value of the fact while the right is there.
    pub(crate) granted: String,
    /// The model it must be good for.
    pub(crate) model: Option<&'static str>,
    /// Whether a wrong refusal is wrong while there is a fault, too.
    pub(crate) is_never_refused: bool,
    /// Whether it ends at an instant, by the clock of each node.
    pub(crate) ends_by_clock: bool,
    /// What the question must be answered.
    pub(crate) expectation: Expectation<Reply>,
}

// === impl Right ===

impl Right {
    /// Takes what the database has from now on, whatever changes were answered. For a
    /// time what they had made of the right may still be answered.
    pub(crate) fn turn_out(&self, found: &Found, time: Duration) {
        let is_there = found.get(&self.fact) == Some(&self.granted);
        let (right, old) = if is_there {
            (Reply::Accepted, Reply::Refused)
        } else {
            (Reply::Refused, Reply::Accepted)
        };
        self.expectation.turn_out(right, old, time);
    }
}

/// What a question was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The key is right and may do it.
    Accepted,
    /// It is not, or may not.
    Refused,
    /// The server cannot know (503).
    Unavailable,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_there_when_its_fact_has_the_value_that_grants_it() {
        let found = [
            ("key a", "inference", Reply::Accepted),
            ("key a", "management", Reply::Refused),
            ("key b", "inference", Reply::Refused),
        ];
        for (fact, value, expected) in found {
            for answered in [Reply::Accepted, Reply::Refused] {
                let right = Right {
                    name: "a".to_owned(),
                    key: "value".to_owned(),
                    fact: "key a".to_owned(),
                    granted: "inference".to_owned(),
                    model: None,
                    is_never_refused: false,
                    ends_by_clock: false,
                    expectation: Expectation::new(answered),
                };
                let found = Found::from([(fact.to_owned(), value.to_owned())]);
                right.turn_out(&found, Duration::ZERO);
                let ticket = right.expectation.ask();
                let admitted = [Reply::Accepted, Reply::Refused]
                    .map(|reply| right.expectation.admits(ticket, reply));
                let expected = [Reply::Accepted, Reply::Refused].map(|reply| reply == expected);
                assert_eq!(admitted, expected, "{fact} {value} after {answered:?}");
            }
        }
    }
}
