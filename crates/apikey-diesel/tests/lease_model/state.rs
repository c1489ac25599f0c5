//! What there is in the model: processes, their rows, and the one who waits.
//!
//! An instant is kept as its [`Age`], the ticks since then. Ages are counted up
//! to where they stop to matter, so time goes on for ever and the states are
//! finite all the same.

/// How many ticks ago something was.
pub(super) type Age = u8;

/// How many revocations are committed, or known: they have one order, so a
/// snapshot that contains one contains those before it.
pub(super) type Level = u8;

/// How many processes there may be beside the one that revokes.
pub(super) const OTHERS: usize = 2;

/// How many revocations there may be.
pub(super) const REVOCATIONS: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) slots: [Slot; OTHERS],
    pub(super) revocations: [Revocation; REVOCATIONS],
    /// Only with a fault: when the one who waits looked at the clock, to read
    /// `nodes` next.
    pub(super) looking: Option<Age>,
}

/// A place for a process and its row, or for the row it left behind. Another
/// process can have it when both are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot {
    pub(super) node: Node,
    pub(super) row: Option<Row>,
    /// What the last reading of `nodes` showed to the one who waits.
    pub(super) seen: Option<Seen>,
}

/// A process that may decide from memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Node {
    pub(super) step: Step,
    /// The *t* of the last write that is known to be done.
    pub(super) written: Option<Age>,
    /// The *t* that trust counts from.
    pub(super) trusted: Option<Age>,
    /// What was applied to the memory.
    pub(super) memory: Level,
    /// What the next write announces.
    pub(super) applied: Level,
    /// What a write announces that the process gave up, and the database may
    /// do yet.
    pub(super) given_up: Option<Level>,
    /// Which number the next write gives the row.
    pub(super) next: Renewal,
    /// Only with a fault: what a question found in the memory before it looks
    /// at the clock.
    pub(super) found: Option<Level>,
}

/// Where a process is. Between any two steps it may stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    /// There is no process.
    Absent,
    /// Between rounds: it may write or read next.
    Idle,
    /// It looked at the clock, and the database has not written yet.
    Writing { begun: Age },
    /// The database has answered the reading, and nothing is applied yet.
    Read { level: Level },
    /// Only with a fault: it reads with a *t* from before, and then writes.
    ReadingFirst { begun: Age },
    /// Only with a fault: it has read and writes next.
    ReadFirst { begun: Age, level: Level },
    /// Only with a fault: its row is gone, and it trusts still.
    Stopping,
}

/// A row of the table `nodes`. Its `renewal` is not kept, see [`Seen`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Row {
    pub(super) applied: Level,
    /// Since its `renewal` moved.
    pub(super) moved: Age,
}

/// A revocation, as the one knows it who waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Revocation {
    NotBegun,
    /// Only with a fault: the clock was read, and the commit comes after.
    Asked(Age),
    /// Committed, and the one who revokes does not know yet.
    Committed(Age),
    /// *c* was read from the clock. Whether `nodes` was read since is noted.
    Waiting {
        committed: Age,
        has_looked: bool,
    },
    Answered,
}

/// Which `renewal` a write gives its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Renewal {
    /// One that no row had before.
    New,
    /// Only with a fault: the one it has.
    Same,
    /// Only with a fault: the one that the waiter remembers.
    Remembered,
}

/// What the waiter remembers of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Seen {
    /// Whether the row has that `renewal` still.
    pub(super) is_current: bool,
    /// Since this `renewal` was seen first.
    pub(super) first: Age,
    pub(super) applied: Level,
}

/// One tick later, up to `last`.
pub(super) fn later(age: Age, last: Age) -> Age {
    last.min(age + 1)
}

// === impl State ===

impl State {
    /// Nothing is written, and no process has started.
    pub(super) const NEW: Self = Self {
        slots: [Slot {
            node: Node::ABSENT,
            row: None,
            seen: None,
        }; OTHERS],
        revocations: [Revocation::NotBegun; REVOCATIONS],
        looking: None,
    };

    /// How many revocations a snapshot taken now contains.
    pub(super) fn committed(&self) -> Level {
        let is_open = |it: &&Revocation| matches!(it, Revocation::NotBegun | Revocation::Asked(_));
        let open = self.revocations.iter().filter(is_open).count();
        (REVOCATIONS - open) as Level
    }

    /// Whether a revocation was answered that `memory` does not know.
    pub(super) fn is_revoked(&self, memory: Level) -> bool {
        let mut unknown = self.revocations.iter().skip(memory.into());
        unknown.any(|&it| it == Revocation::Answered)
    }

    /// The one that stands for all that differ from it in nothing that matters.
    pub(super) fn canonical(mut self, others: usize, revocations: usize) -> Self {
        let mut asked = self.revocations[..revocations].iter();
        if asked.all(|&it| it == Revocation::Answered) {
            self.looking = None;
            for slot in &mut self.slots {
                (slot.row, slot.seen) = (None, None);
            }
        }
        self.slots[..others].sort();
        self
    }
}

// === impl Node ===

impl Node {
    pub(super) const ABSENT: Self = Self {
        step: Step::Absent,
        written: None,
        trusted: None,
        memory: 0,
        applied: 0,
        given_up: None,
        next: Renewal::New,
        found: None,
    };
}
