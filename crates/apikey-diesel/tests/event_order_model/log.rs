//! What transactions of PostgreSQL do that write events, and a reader of them.

use crate::{
    explorer::Model,
    state::{Stage, State, TRANSACTIONS, Transaction},
};

/// A system of a given size, with or without a fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log {
    pub(super) transactions: usize,
    pub(super) cause: Cause,
    pub(super) fault: Option<Fault>,
}

/// Which transactions have to come before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Those that were committed when it began, and those that held the row it
    /// holds.
    BeginningOrRow,
    /// All that were committed before it wrote its event.
    Committed,
}

/// A rule that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The position is the transaction's own id, and the number.
    TransactionIdAlone,
    /// The position is the number, and a reader takes all it sees.
    NumberAlone,
    /// A reader takes all it sees, also beyond what is still open.
    NoLimit,
    /// The event is written by the statement that waited for the row: what had
    /// ended is what had ended before the wait.
    HorizonOfBeforeTheRow,
    /// Each session draws numbers ahead, so a later one can be lower.
    NumbersDrawnAhead,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Action {
    Begin(usize),
    /// Writes something, and so gets its id.
    TakeId(usize),
    /// Locks the row, which no other holds.
    Lock(usize),
    BeginToWrite(usize),
    Write(usize),
    Commit(usize),
    Abort(usize),
    /// The reader takes a snapshot, and events.
    Poll,
}

// === impl Log ===

impl Log {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Every step of one transaction.
    fn transaction_steps(&self, state: &State, number: usize, found: &mut Vec<(Action, State)>) {
        let it = state.transactions[number];
        let mut add = |action, after| {
            let mut next = *state;
            next.transactions[number] = after;
            if after.id > it.id {
                next.next_id += 1;
            }
            if after.stage == Stage::Written && it.stage != Stage::Written {
                next.next_number += 1;
            }
            if matches!(after.stage, Stage::Committed | Stage::Aborted) {
                next.ended = state.ended.max(it.id);
            }
            found.push((action, next));
        };
        let id = state.next_id;
        let may_lock = it.stage == Stage::Open
            || it.stage == Stage::Writing && self.has(Fault::HorizonOfBeforeTheRow);
        if may_lock && !it.has_row && !state.is_row_held() {
            let causes = it.causes | state.committed(|other| other.has_row);
            let has_row = true;
            add(
                Action::Lock(number),
                Transaction {
                    has_row,
                    causes,
                    ..it
                },
            );
        }
        if it.stage == Stage::Open && it.id == 0 {
            add(Action::TakeId(number), Transaction { id, ..it });
        }
        match it.stage {
            Stage::NotBegun => {
                let (stage, causes) = (Stage::Open, state.committed(|_| true));
                add(
                    Action::Begin(number),
                    Transaction {
                        stage,
                        causes,
                        ..it
                    },
                );
            }
            Stage::Open => {
                let before = match self.cause {
                    Cause::BeginningOrRow => 0,
                    Cause::Committed => state.committed(|_| true),
                };
                let writing = Transaction {
                    stage: Stage::Writing,
                    saw_ended: state.ended,
                    causes: it.causes | before,
                    ..it
                };
                add(Action::BeginToWrite(number), writing);
            }
            Stage::Writing => {
                let id = if it.id == 0 { id } else { it.id };
                let position = self.position(state, number, id);
                let (stage, saw_ended) = (Stage::Written, 0);
                let written = Transaction {
                    stage,
                    id,
                    position,
                    saw_ended,
                    ..it
                };
                add(Action::Write(number), written);
            }
            Stage::Written => {
                let stage = Stage::Committed;
                add(Action::Commit(number), Transaction { stage, ..it });
            }
            Stage::Committed | Stage::Aborted => return,
        }
        if it.stage != Stage::NotBegun {
            let stage = Stage::Aborted;
            add(Action::Abort(number), Transaction { stage, ..it });
        }
    }

    /// Where an event is put that is written now.
    fn position(&self, state: &State, number: usize, id: u8) -> (u8, u8) {
        let horizon = match self.fault {
            Some(Fault::TransactionIdAlone) => id,
            Some(Fault::NumberAlone) => 0,
            _ => id.max(state.transactions[number].saw_ended),
        };
        let drawn = match self.has(Fault::NumbersDrawnAhead) {
            true => (TRANSACTIONS - number) as u8,
            false => state.next_number,
        };
        (horizon, drawn)
    }

    /// The reader takes what is committed, beyond what it has, and below what
    /// is still open.
    fn poll(&self, state: &State) -> State {
        let takes_all = self.has(Fault::NumberAlone) || self.has(Fault::NoLimit);
        let limit = if takes_all {
            u8::MAX
        } else {
            state.lowest_open()
        };
        let count = usize::from(state.taken_count);
        let last = state.taken[..count].last();
        let cursor = last.map(|&it| state.transactions[usize::from(it)].position);
        let mut next = *state;
        for number in state.in_order() {
            let position = state.transactions[usize::from(number)].position;
            if cursor < Some(position) && position.0 < limit {
                next.taken[usize::from(next.taken_count)] = number;
                next.taken_count += 1;
            }
        }
        next
    }
}

impl Model for Log {
    type State = State;
    type Action = Action;

    fn initial(&self) -> State {
        State::NEW
    }

    fn steps(&self, state: &State, found: &mut Vec<(Action, State)>) {
        let is_begun = |it: &Transaction| it.stage != Stage::NotBegun;
        let begun = state.transactions.iter().filter(|it| is_begun(it)).count();
        // Which of those that have not begun is the next makes no difference.
        for number in 0..self.transactions.min(begun + 1) {
            self.transaction_steps(state, number, found);
        }
        found.push((Action::Poll, self.poll(state)));
    }

    /// Whether the reader has anything else than the beginning of all events,
    /// or an event comes before its cause.
    fn is_wrong(&self, state: &State) -> bool {
        let order: Vec<_> = state.in_order().collect();
        let taken = &state.taken[..usize::from(state.taken_count)];
        let is_after_cause = |(place, &number): (usize, &u8)| {
            let causes = state.transactions[usize::from(number)].causes;
            order[place..].iter().all(|cause| causes & 1 << cause == 0)
        };
        !order.starts_with(taken) || !order.iter().enumerate().all(is_after_cause)
    }
}
