//! The steps of PostgreSQL transactions that write events, and of a reader.

use crate::{
    explorer::Model,
    state::{LogState, Phase, TRANSACTIONS, Transaction},
};

/// A system of a given size, with or without a fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log {
    pub(super) transactions: usize,
    pub(super) cause: Cause,
    pub(super) fault: Option<LogFault>,
}

/// Which transactions have to come before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Those that were committed when it began, and those that held the row before it.
    BeginningOrRow,
    /// All that were committed before it wrote its event.
    Committed,
}

/// A rule that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogFault {
    /// The position is the transaction's own id, and the number.
    TransactionIdAlone,
    /// The position is the number, and a reader takes every visible event.
    NumberAlone,
    /// A reader takes every visible event, even above the lowest open transaction.
    NoLimit,
    /// The event is written by the statement that waited for the row, which sees only
    /// what had ended before the wait.
    HorizonFromBeforeLock,
    /// Each session caches numbers of the sequence, so a later one can be lower.
    NumbersCached,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum LogAction {
    Begin(usize),
    /// Writes something, which assigns its id.
    TakeId(usize),
    /// Locks the row, which no other transaction holds.
    Lock(usize),
    BeginToWrite(usize),
    Write(usize),
    Commit(usize),
    Abort(usize),
    /// The reader takes a snapshot, and reads events.
    Poll,
}

// === impl Log ===

impl Log {
    fn has(&self, fault: LogFault) -> bool {
        self.fault == Some(fault)
    }

    /// Adds every step of one transaction.
    fn transaction_steps(
        &self,
        state: &LogState,
        number: usize,
        steps: &mut Vec<(LogAction, LogState)>,
    ) {
        let it = state.transactions[number];
        let mut add = |action, after| {
            let mut next = *state;
            next.transactions[number] = after;
            if after.id > it.id {
                next.next_id += 1;
            }
            if after.phase == Phase::Written && it.phase != Phase::Written {
                next.next_number += 1;
            }
            if matches!(after.phase, Phase::Committed | Phase::Aborted) {
                next.ended = state.ended.max(it.id);
            }
            steps.push((action, next));
        };
        let id = state.next_id;
        let may_lock = it.phase == Phase::Open
            || it.phase == Phase::Writing && self.has(LogFault::HorizonFromBeforeLock);
        if may_lock && !it.has_row && !state.is_row_held() {
            let causes = it.causes | state.committed(|other| other.has_row);
            let has_row = true;
            add(
                LogAction::Lock(number),
                Transaction {
                    has_row,
                    causes,
                    ..it
                },
            );
        }
        if it.phase == Phase::Open && it.id == 0 {
            add(LogAction::TakeId(number), Transaction { id, ..it });
        }
        match it.phase {
            Phase::NotBegun => {
                let (phase, causes) = (Phase::Open, state.committed(|_| true));
                add(
                    LogAction::Begin(number),
                    Transaction {
                        phase,
                        causes,
                        ..it
                    },
                );
            }
            Phase::Open => {
                let before = match self.cause {
                    Cause::BeginningOrRow => 0,
                    Cause::Committed => state.committed(|_| true),
                };
                let writing = Transaction {
                    phase: Phase::Writing,
                    saw_ended: state.ended,
                    causes: it.causes | before,
                    ..it
                };
                add(LogAction::BeginToWrite(number), writing);
            }
            Phase::Writing => {
                let id = if it.id == 0 { id } else { it.id };
                let position = self.position(state, number, id);
                let (phase, saw_ended) = (Phase::Written, 0);
                let written = Transaction {
                    phase,
                    id,
                    position,
                    saw_ended,
                    ..it
                };
                add(LogAction::Write(number), written);
            }
            Phase::Written => {
                let phase = Phase::Committed;
                add(LogAction::Commit(number), Transaction { phase, ..it });
            }
            Phase::Committed | Phase::Aborted => return,
        }
        if it.phase != Phase::NotBegun {
            let phase = Phase::Aborted;
            add(LogAction::Abort(number), Transaction { phase, ..it });
        }
    }

    /// Returns the position of an event that is written now.
    fn position(&self, state: &LogState, number: usize, id: u8) -> (u8, u8) {
        let horizon = match self.fault {
            Some(LogFault::TransactionIdAlone) => id,
            Some(LogFault::NumberAlone) => 0,
            _ => id.max(state.transactions[number].saw_ended),
        };
        let drawn = if self.has(LogFault::NumbersCached) {
            (TRANSACTIONS - number) as u8
        } else {
            state.next_number
        };
        (horizon, drawn)
    }

    /// The reader takes the committed events after those it has, and below the lowest
    /// open transaction.
    fn poll(&self, state: &LogState) -> LogState {
        let takes_all = self.has(LogFault::NumberAlone) || self.has(LogFault::NoLimit);
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
    type State = LogState;
    type Action = LogAction;

    fn initial(&self) -> LogState {
        LogState::NEW
    }

    fn steps(&self, state: &LogState, steps: &mut Vec<(LogAction, LogState)>) {
        let is_begun = |it: &Transaction| it.phase != Phase::NotBegun;
        let begun = state.transactions.iter().filter(|it| is_begun(it)).count();
        // Transactions that have not begun are interchangeable.
        for number in 0..self.transactions.min(begun + 1) {
            self.transaction_steps(state, number, steps);
        }
        steps.push((LogAction::Poll, self.poll(state)));
    }

    /// Returns whether the reader has anything other than a prefix of all events, or an
    /// event comes before its cause.
    fn is_wrong(&self, state: &LogState) -> bool {
        let order: Vec<_> = state.in_order().collect();
        let taken = &state.taken[..usize::from(state.taken_count)];
        let is_after_cause = |(index, &number): (usize, &u8)| {
            let causes = state.transactions[usize::from(number)].causes;
            order[index..].iter().all(|cause| causes & 1 << cause == 0)
        };
        !order.starts_with(taken) || !order.iter().enumerate().all(is_after_cause)
    }
}
