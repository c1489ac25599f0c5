//! What every store must do, as tests any adapter runs.
//!
//! Each clause is a public function over a fresh, empty store; its name says
//! what must hold. [`crate::conformance_suite`] makes a test of each.

pub mod admin_races;
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
pub mod members;
pub mod organization_races;
pub mod organizations;
pub mod platform_admins;
mod suite;
mod test_store;
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
    /// The keys.
    pub api_keys: Arc<dyn ApiKeyRepository>,
    /// What counts of them when they are verified.
    pub key_facts: Arc<dyn KeyFactsStore>,
    /// The people and organizations.
    pub directory: Arc<dyn Directory>,
    /// The record of every change.
    pub event_log: Arc<dyn EventLog>,
    /// The committed changes.
    pub change_feed: Arc<dyn ChangeFeed>,
}

/// One clause, ready to run on a subject.
pub type Clause = fn(TestStore) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// The longest a clause may take, so that news that never comes fails a test
/// instead of hanging it.
const DEADLINE: Duration = Duration::from_secs(120);

/// Runs a clause to its end, or to the deadline.
///
/// # Panics
///
/// When the clause does not hold.
#[doc(hidden)]
pub async fn in_time(clause: impl Future<Output = ()>) {
    let (ring, deadline) = oneshot::channel::<()>();
    // Dropped with this future, which wakes the thread.
    let (_running, watched) = mpsc::channel::<()>();
    thread::spawn(move || {
        if watched.recv_timeout(DEADLINE) == Err(mpsc::RecvTimeoutError::Timeout) {
            let _ = ring.send(());
        }
    });
    match select(pin!(clause), deadline).await {
        Either::Left(_) => {}
        Either::Right(_) => panic!("the clause waited in vain for {DEADLINE:?}"),
    }
}
