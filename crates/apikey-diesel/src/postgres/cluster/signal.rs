//! The signals that nodes send each other with `NOTIFY`.

/// A hint to the peers.
#[derive(Clone, Copy)]
pub(super) enum Signal {
    /// A revocation was committed, and its node awaits acknowledgements.
    Revoked,
    /// Another change was committed.
    Changed,
    /// A node has applied a revocation.
    Applied,
}

// === impl Signal ===

impl Signal {
    /// Returns the statement that sends this signal from the node of a row.
    pub(super) fn statement(self, row: i64) -> String {
        let name = self.name();
        format!("NOTIFY apikey, '{name} {row}'")
    }

    /// Parses a payload. Returns the signal and the row of the node that sent it.
    pub(super) fn parse(text: &str) -> Option<(Self, i64)> {
        let (name, row) = text.split_once(' ')?;
        let all = [Self::Revoked, Self::Changed, Self::Applied];
        let signal = all.into_iter().find(|signal| signal.name() == name)?;
        Some((signal, row.parse().ok()?))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Changed => "changed",
            Self::Applied => "applied",
        }
    }
}
