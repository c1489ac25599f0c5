//! Rights that are taken away and given back, and what questions about them must
//! be answered.

use std::time::Duration;

use xtask_harness::expectation::{Expectation, Ticket};

/// How long a right that was given back may still be refused: only a revocation
/// is promised to hold at once.
pub(crate) const RESTORATION_LIMIT: Duration = Duration::from_secs(5);

/// What is asked about a key.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) key: String,
    /// The scope it must grant.
    pub(crate) scope: &'static str,
    /// The model it must be good for.
    pub(crate) model: Option<&'static str>,
}

/// A right that is taken away and given back, and the question about it.
#[derive(Debug)]
pub(crate) struct Right {
    pub(crate) question: Question,
    /// How it came to be, for messages.
    pub(crate) name: String,
    expectation: Expectation<Reply>,
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

// === impl Right ===

impl Right {
    /// Makes a right that was just given.
    pub(crate) fn granted(name: String, question: Question) -> Self {
        let expectation =
            Expectation::lingering(Reply::Accepted, Reply::Refused, RESTORATION_LIMIT);
        Self {
            question,
            name,
            expectation,
        }
    }

    /// A revocation is about to be sent.
    pub(crate) fn begin_revocation(&self) {
        self.expectation.begin(Reply::Refused);
    }

    /// Giving the right back is about to be sent.
    pub(crate) fn begin_restoration(&self) {
        self.expectation.begin(Reply::Accepted);
    }

    /// Giving the right was answered.
    pub(crate) fn grant(&self) {
        let (new, old) = (Reply::Accepted, Reply::Refused);
        self.expectation.settle_slowly(new, old, RESTORATION_LIMIT);
    }

    /// The revocation was answered.
    pub(crate) fn revoke(&self) {
        self.expectation.settle(Reply::Refused);
    }

    /// A question is about to be sent.
    pub(crate) fn ask(&self) -> Ticket {
        self.expectation.ask()
    }

    /// Returns whether an answer may be: an unavailable server tells nothing
    /// about the right.
    pub(crate) fn admits(&self, ticket: Ticket, reply: Reply) -> bool {
        reply == Reply::Unavailable || self.expectation.admits(ticket, reply)
    }
}
