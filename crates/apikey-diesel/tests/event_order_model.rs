//! The order of events of `docs/cluster.md`: a reader misses none, whatever is
//! committed when, and a cause comes before its effect. Every interleaving of
//! three transactions is gone through, and of five some at random.
//!
//! One reader is enough: at every moment it has the beginning of one list, in
//! which all events are, and so has any other.

#[path = "model/explorer.rs"]
mod explorer;

#[path = "event_order_model/log.rs"]
mod log;

#[path = "event_order_model/state.rs"]
mod state;

use explorer::{Model, explore};
use log::{Action, Cause, Fault, Log};
use proptest::prelude::*;
use state::TRANSACTIONS;

const SOUND: Log = Log {
    transactions: 3,
    cause: Cause::Committed,
    fault: None,
};

/// Asserts that a fault is found, also when less counts as a cause.
#[track_caller]
fn assert_found(fault: Fault) -> Vec<Action> {
    let explored = explore(&Log {
        cause: Cause::BeginningOrRow,
        fault: Some(fault),
        ..SOUND
    });
    let way = explored.way.expect("the fault breaks the order");
    println!("{} states, then:\n{way}", explored.states);
    way.0.iter().map(|&(action, _)| action).collect()
}

#[test]
fn no_event_is_missed_and_a_cause_comes_first() {
    let explored = explore(&SOUND);
    println!("{} states, {} steps", explored.states, explored.steps);
    let way = explored.way.map(|way| way.to_string());
    assert_eq!(way, None);
    for number in 0..SOUND.transactions {
        for action in [Action::Lock(number), Action::Abort(number)] {
            assert!(
                explored.actions.contains(&action),
                "{action:?} never happens"
            );
        }
    }
}

#[test]
fn the_transaction_id_alone_puts_an_effect_before_its_cause() {
    let way = assert_found(Fault::TransactionIdAlone);
    let locks = way
        .iter()
        .filter(|action| matches!(action, Action::Lock(_)));
    assert_eq!(locks.count(), 2, "one waited for the other's row");
    assert!(!way.contains(&Action::Poll), "no reader is needed for that");
}

#[test]
fn the_number_alone_lets_a_reader_miss_an_event() {
    let way = assert_found(Fault::NumberAlone);
    assert!(way.contains(&Action::Poll));
}

#[test]
fn a_reader_that_takes_all_it_sees_misses_an_event() {
    let way = assert_found(Fault::NoLimit);
    assert!(way.contains(&Action::Poll));
}

#[test]
fn the_event_has_to_be_written_by_a_statement_after_the_wait() {
    let way = assert_found(Fault::HorizonOfBeforeTheRow);
    assert!(!way.contains(&Action::Poll));
}

#[test]
fn numbers_must_not_be_drawn_ahead() {
    let way = assert_found(Fault::NumbersDrawnAhead);
    assert!(!way.contains(&Action::Poll));
}

proptest! {
    #[test]
    fn more_transactions_keep_the_order_too(choices in prop::collection::vec(any::<u8>(), 60)) {
        let log = Log { transactions: TRANSACTIONS, ..SOUND };
        let (mut state, mut found) = (log.initial(), Vec::new());
        for choice in choices {
            log.steps(&state, &mut found);
            let chosen = usize::from(choice) % found.len();
            (_, state) = found[chosen];
            found.clear();
            prop_assert!(!log.is_wrong(&state), "{state:?}");
        }
    }
}
