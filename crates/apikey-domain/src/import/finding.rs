//! What is said of rows that are not brought as they are.

use super::source::{RowId, RowKind};
use crate::name::shown;

/// What becomes of a row that is not brought as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It is left out.
    Skipped,
    /// Something of it is other here.
    Changed,
    /// It is brought, and somebody should look at it.
    Noted,
}

/// What is said of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The row.
    pub row: RowId,
    /// Its name, printable.
    pub name: String,
    /// What becomes of it.
    pub effect: Effect,
    /// Why.
    pub reason: String,
}

/// What was done with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Done {
    /// It is new here.
    Created,
    /// It is what was here under its name.
    Merged,
    /// It is brought up to date.
    Updated,
    /// It has ended at the source, and now here.
    Ended,
    /// It is here as it is there.
    Unchanged,
    /// It is left out.
    Skipped,
}

/// What became of a row, and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The row.
    pub row: RowId,
    /// What was done.
    pub done: Done,
    /// What there is to say.
    pub findings: Vec<Finding>,
}

// === impl Effect ===

impl Effect {
    /// All.
    pub const ALL: [Self; 3] = [Self::Skipped, Self::Changed, Self::Noted];

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Skipped => "skipped",
            Self::Changed => "changed",
            Self::Noted => "noted",
        }
    }
}

// === impl Done ===

impl Done {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Created,
        Self::Merged,
        Self::Updated,
        Self::Ended,
        Self::Unchanged,
        Self::Skipped,
    ];

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Merged => "merged",
            Self::Updated => "updated",
            Self::Ended => "ended",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
        }
    }
}

/// Collects what is said of one row.
#[derive(Clone, Debug)]
pub struct Findings {
    row: RowId,
    name: String,
    all: Vec<Finding>,
}

impl Findings {
    /// Begins with a row of which nothing is said.
    pub fn of(row: RowId, name: &str) -> Self {
        // A name that nobody could have is not shown whole either.
        let name: String = name.chars().take(120).collect();
        Self {
            row,
            name: shown(&name),
            all: Vec::new(),
        }
    }

    /// Begins with a row of which nothing will be said.
    pub fn silent(row: RowId) -> Self {
        Self::of(row, "")
    }

    /// Returns the row.
    pub fn row(&self) -> &RowId {
        &self.row
    }

    /// Adds something.
    pub fn add(&mut self, effect: Effect, reason: impl Into<String>) {
        self.all.push(Finding {
            row: self.row.clone(),
            name: self.name.clone(),
            effect,
            reason: reason.into(),
        });
    }

    /// Returns what was done, with all that is said.
    pub fn outcome(self, done: Done) -> Outcome {
        Outcome {
            row: self.row,
            done,
            findings: self.all,
        }
    }

    /// Returns all that is said.
    pub fn all(&self) -> &[Finding] {
        &self.all
    }

    /// Returns the outcome of a row that is left out.
    pub fn skipped(mut self, reason: impl Into<String>) -> Outcome {
        self.add(Effect::Skipped, reason);
        self.outcome(Done::Skipped)
    }
}

impl RowKind {
    /// Returns what several of it are called.
    pub fn plural(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Organization => "organizations",
            Self::Membership => "memberships",
            Self::Key => "keys",
        }
    }
}
