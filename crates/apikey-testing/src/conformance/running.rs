//! Running clauses, with a limit of time, so that what fails is known by its name.

use futures_channel::oneshot;
use futures_util::future::{Either, FutureExt, select};
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::mpsc,
    thread,
    time::Duration,
};

/// A clause, ready to run on a fresh, empty store.
pub type Clause<S> = fn(S) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// A clause and its name.
pub struct NamedClause<S: 'static> {
    /// What must hold, as a name.
    pub name: &'static str,
    /// The clause.
    pub clause: Clause<S>,
}

/// The maximum duration of a clause, so that a change that never arrives fails a
/// test instead of hanging it.
const CLAUSE_TIMEOUT: Duration = Duration::from_secs(120);

/// Runs clauses one after another, and returns a line for each that does not hold. For
/// those who want no test for each clause; `run` is as that of
/// [`conformance_suite!`](crate::conformance_suite).
///
/// # Example
///
/// ```
/// use apikey_testing::{Memory, conformance::{Clause, TestKeys, failures, suite::verification}};
/// use std::sync::Arc;
///
/// fn run(clause: Clause<TestKeys>) {
///     let store = Arc::new(Memory::new());
///     futures_executor::block_on(clause(TestKeys {
///         api_keys: store.clone(),
///         key_facts: store.clone(),
///         directory: store,
///     }));
/// }
///
/// assert_eq!(failures(verification::CLAUSES, run), [""; 0]);
/// ```
pub fn failures<S>(clauses: &[NamedClause<S>], run: impl Fn(Clause<S>)) -> Vec<String> {
    let outcomes = clauses.iter().map(|named| {
        let outcome = catch_unwind(AssertUnwindSafe(|| run(named.clause)));
        outcome.map_err(|panic| text_of(&*panic))
    });
    outcomes.filter_map(Result::err).collect()
}

/// Runs a clause with a timeout.
///
/// # Panics
///
/// If the clause does not hold, or does not end in time.
#[doc(hidden)]
pub async fn holds(name: &str, clause: impl Future<Output = ()>) {
    let (expire, timeout) = oneshot::channel::<()>();
    // Dropped with this future, which ends the thread.
    let (_alive, dropped) = mpsc::channel::<()>();
    thread::spawn(move || {
        if dropped.recv_timeout(CLAUSE_TIMEOUT) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = expire.send(());
        }
    });
    let clause = AssertUnwindSafe(clause).catch_unwind();
    match select(pin!(clause), timeout).await {
        Either::Left((Ok(()), _)) => {}
        Either::Left((Err(panic), _)) => {
            panic!("`{name}` does not hold: {}", text_of(&*panic))
        }
        Either::Right(_) => panic!("`{name}` did not end within {CLAUSE_TIMEOUT:?}"),
    }
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").to_owned()
}
