//! Rights that are taken away and restored, and what questions about them must
//! be answered.

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
    /// The model it must be good for.
    pub(crate) model: Option<&'static str>,
    /// What the question must be answered.
    pub(crate) expectation: Expectation<Reply>,
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
