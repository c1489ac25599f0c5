//! Model-checks the order of events of `docs/cluster.md`: a reader misses no event,
//! regardless of when transactions commit, and a cause comes before its effect. Covers
//! every interleaving of three transactions, and random ones of five.
//!
//! One reader suffices: at any time it has read a prefix of the one list of all
//! events, and so has any other reader.

#[path = "model/explorer.rs"]
mod explorer;

#[path = "event_order_model/log.rs"]
mod log;

#[path = "event_order_model/state.rs"]
mod state;

use explorer::{Model, explore};
use log::{Cause, Log, LogAction, LogFault};
use proptest::prelude::*;
use state::TRANSACTIONS;

const SOUND: Log = Log {
    transactions: 3,
    cause: Cause::Committed,
    fault: None,
};

/// Asserts that a fault breaks the order, even with the narrower notion of a cause.
#[track_caller]
fn assert_breaks(fault: LogFault) -> Vec<LogAction> {
    let explored = explore(&Log {
        cause: Cause::BeginningOrRow,
        fault: Some(fault),
        ..SOUND
    });
    let path = explored.path_to_wrong.expect("the fault breaks the order");
    println!("{} states, then:\n{path}", explored.states);
    path.0.iter().map(|&(action, _)| action).collect()
}

#[test]
fn no_event_is_missed_and_a_cause_comes_first() {
    let explored = explore(&SOUND);
    println!("{} states, {} steps", explored.states, explored.steps);
    let path = explored.path_to_wrong.map(|path| path.to_string());
    assert_eq!(path, None);
    for number in 0..SOUND.transactions {
        for action in [LogAction::Lock(number), LogAction::Abort(number)] {
            assert!(
                explored.actions.contains(&action),
                "{action:?} never happens"
            );
        }
    }
}

#[test]
fn the_transaction_id_alone_puts_an_effect_before_its_cause() {
    let path = assert_breaks(LogFault::TransactionIdAlone);
    let locks = path
        .iter()
        .filter(|action| matches!(action, LogAction::Lock(_)));
    assert_eq!(locks.count(), 2, "one waited for the other's row");
    assert!(
        !path.contains(&LogAction::Poll),
        "no reader is needed for that"
    );
}

#[test]
fn the_number_alone_lets_a_reader_miss_an_event() {
    let path = assert_breaks(LogFault::NumberAlone);
    assert!(path.contains(&LogAction::Poll));
}

#[test]
fn a_reader_that_takes_every_visible_event_misses_one() {
    let path = assert_breaks(LogFault::NoLimit);
    assert!(path.contains(&LogAction::Poll));
}

#[test]
fn the_event_must_be_written_by_a_statement_after_the_wait() {
    let path = assert_breaks(LogFault::HorizonFromBeforeLock);
    assert!(!path.contains(&LogAction::Poll));
}

#[test]
fn sessions_must_not_cache_numbers() {
    let path = assert_breaks(LogFault::NumbersCached);
    assert!(!path.contains(&LogAction::Poll));
}

proptest! {
    #[test]
    fn more_transactions_keep_the_order_too(choices in prop::collection::vec(any::<u8>(), 60)) {
        let log = Log { transactions: TRANSACTIONS, ..SOUND };
        let (mut state, mut steps) = (log.initial(), Vec::new());
        for choice in choices {
            log.steps(&state, &mut steps);
            let chosen = usize::from(choice) % steps.len();
            (_, state) = steps[chosen];
            steps.clear();
            prop_assert!(!log.is_wrong(&state), "{state:?}");
        }
    }
}
