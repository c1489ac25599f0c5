//! How many questions were answered how.

use crate::rights::Reply;

/// How many questions were answered how.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    /// Answered with 503.
    pub(crate) unavailable: u64,
    /// Not answered at all.
    pub(crate) broken: u64,
}

// === impl Counts ===

impl Counts {
    /// Counts an answer, or that there was none.
    pub(crate) fn add(&mut self, reply: Option<Reply>) {
        *match reply {
            Some(Reply::Accepted) => &mut self.accepted,
            Some(Reply::Refused) => &mut self.refused,
            Some(Reply::Unavailable) => &mut self.unavailable,
            None => &mut self.broken,
        } += 1;
    }

    /// Returns what was counted since.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            accepted: self.accepted - before.accepted,
            refused: self.refused - before.refused,
            unavailable: self.unavailable - before.unavailable,
            broken: self.broken - before.broken,
        }
    }

    /// Returns how many questions were left open.
    pub(crate) fn failures(self) -> u64 {
        self.unavailable + self.broken
    }
}
