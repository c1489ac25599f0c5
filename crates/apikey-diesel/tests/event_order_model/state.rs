//! What there is in the model: transactions, and what a reader has taken.

/// How many transactions there may be.
pub(super) const TRANSACTIONS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) transactions: [Transaction; TRANSACTIONS],
    pub(super) next_id: u8,
    pub(super) next_number: u8,
    /// The highest transaction id that has ended.
    pub(super) ended: u8,
    /// Whose events the reader has taken, in its order.
    pub(super) taken: [u8; TRANSACTIONS],
    pub(super) taken_count: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Transaction {
    pub(super) stage: Stage,
    /// Its id, which it gets at its first write; 0 until then.
    pub(super) id: u8,
    pub(super) has_row: bool,
    /// What had ended when the statement began that writes the event.
    pub(super) saw_ended: u8,
    /// The event's position.
    pub(super) position: (u8, u8),
    /// Who has to come before it, a bit for each.
    pub(super) causes: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    NotBegun,
    Open,
    /// The statement has begun that writes the event.
    Writing,
    Written,
    Committed,
    Aborted,
}

// === impl State ===

impl State {
    /// Nothing has begun.
    pub(super) const NEW: Self = Self {
        transactions: [Transaction {
            stage: Stage::NotBegun,
            id: 0,
            has_row: false,
            saw_ended: 0,
            position: (0, 0),
            causes: 0,
        }; TRANSACTIONS],
        next_id: 1,
        next_number: 1,
        ended: 0,
        taken: [0; TRANSACTIONS],
        taken_count: 0,
    };

    /// Whether one holds the row that is open.
    pub(super) fn is_row_held(&self) -> bool {
        self.transactions
            .iter()
            .any(|it| it.has_row && !matches!(it.stage, Stage::Committed | Stage::Aborted))
    }

    /// Those that are committed and `chosen`, a bit for each.
    pub(super) fn committed(&self, chosen: impl Fn(&Transaction) -> bool) -> u8 {
        let all = self.transactions.iter().enumerate();
        all.filter(|(_, it)| it.stage == Stage::Committed && chosen(it))
            .fold(0, |bits, (number, _)| bits | 1 << number)
    }

    /// Whose events are committed, in the order of positions.
    pub(super) fn in_order(&self) -> impl Iterator<Item = u8> {
        let all = 0..TRANSACTIONS;
        let mut order: Vec<_> = all
            .filter(|&number| self.transactions[number].stage == Stage::Committed)
            .map(|number| (self.transactions[number].position, number as u8))
            .collect();
        order.sort();
        order.into_iter().map(|(_, number)| number)
    }

    /// The lowest transaction id that is open in a snapshot taken now, or the
    /// one after all that have ended.
    pub(super) fn lowest_open(&self) -> u8 {
        let is_open =
            |it: &&Transaction| it.id > 0 && !matches!(it.stage, Stage::Committed | Stage::Aborted);
        let open = self.transactions.iter().filter(is_open).map(|it| it.id);
        open.fold(self.ended + 1, u8::min)
    }
}
