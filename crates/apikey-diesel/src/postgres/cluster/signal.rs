//! What the nodes call out to each other with `NOTIFY`.

/// A hint to the other nodes.
#[derive(Clone, Copy)]
pub(super) enum Signal {
    /// A right was taken away: others are waited for.
    Revoked,
    /// Something else changed.
    Changed,
    /// A node has applied what took a right away.
    Applied,
}

// === impl Signal ===

impl Signal {
    /// The statement with which the node of this row calls it out.
    pub(super) fn statement(self, row: i64) -> String {
        let name = self.name();
        format!("NOTIFY apikey, '{name} {row}'")
    }

    /// What was called out, and by the node of which row.
    pub(super) fn parse(text: &str) -> Option<(Self, i64)> {
        let (name, row) = text.split_once(' ')?;
        let all = [Self::Revoked, Self::Changed, Self::Applied];
        let call = all.into_iter().find(|call| call.name() == name)?;
        Some((call, row.parse().ok()?))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Changed => "changed",
            Self::Applied => "applied",
        }
    }
}
