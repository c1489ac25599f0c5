//! The requirements of every store, as tests that any adapter can run.
//!
//! Each clause is a public function over a fresh, empty store; its name says what
//! must hold. [`crate::conformance_suite`] generates a test for each.

pub mod admin_races;
pub mod authority;
pub mod authority_races;
mod authority_setup;
mod authority_writes;
pub mod event_commits;
pub mod event_feed;
pub mod event_lists;
pub mod event_pruning;
pub mod events;
pub mod feed;
pub mod feed_end;
pub mod key_facts;
pub mod key_races;
pub mod keys_change;
pub mod keys_create;
pub mod keys_credential;
pub mod keys_list;
pub mod keys_order;
pub mod keys_snapshot;
pub mod keys_walk;
mod many;
pub mod members;
pub mod names;
pub mod organization_races;
pub mod organizations;
pub mod passwords;
pub mod pieces;
pub mod platform_admins;
pub mod removals;
mod suite;
mod test_store;
pub mod totals;
pub mod two_nodes;
pub mod usage;
pub mod user_deletion;
pub mod users;
pub mod values;

use apikey_domain::port::{
    api_key_repository::ApiKeyRepository, change_feed::ChangeFeed, directory::Directory,
    event_log::EventLog, key_facts_store::KeyFactsStore,
};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use std::{
    pin::{Pin, pin},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

/// A fresh, empty store behind its ports.
pub struct TestStore {
    /// Storage of keys.
    pub api_keys: Arc<dyn ApiKeyRepository>,
    /// The data needed to verify keys.
    pub key_facts: Arc<dyn KeyFactsStore>,
    /// Storage of users and organizations.
    pub directory: Arc<dyn Directory>,
    /// The events.
    pub event_log: Arc<dyn EventLog>,
    /// Subscriptions to committed changes.
    pub change_feed: Arc<dyn ChangeFeed>,
}

/// A clause, ready to run on a store.
pub type Clause = fn(TestStore) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// The maximum duration of a clause, so that a change that never arrives fails a
/// test instead of hanging it.
const CLAUSE_TIMEOUT: Duration = Duration::from_secs(120);

/// Runs a clause with a timeout.
///
/// # Panics
///
/// If the clause does not hold, or does not end in time.
#[doc(hidden)]
pub async fn with_timeout(clause: impl Future<Output = ()>) {
    let (expire, timeout) = oneshot::channel::<()>();
    // Dropped with this future, which ends the thread.
    let (_alive, dropped) = mpsc::channel::<()>();
    thread::spawn(move || {
        if dropped.recv_timeout(CLAUSE_TIMEOUT) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = expire.send(());
        }
    });
    match select(pin!(clause), timeout).await {
        Either::Left(_) => {}
        Either::Right(_) => panic!("the clause did not end within {CLAUSE_TIMEOUT:?}"),
    }
}
