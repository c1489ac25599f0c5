//! The requirements of stores, as tests that any adapter can run.
//!
//! Each clause is a public function over a fresh, empty store; its name says what
//! must hold. They are grouped by capability: [`suite::verification`] and
//! [`suite::issuance`] ask for a store of keys alone ([`TestKeys`]), and
//! [`suite::administration`], [`suite::events`] and [`suite::idempotency`] for all of it
//! ([`TestStore`]).
//! [`crate::conformance_suite`] is their sum.

pub mod admin_races;
pub mod authority;
pub mod authority_races;
mod authority_setup;
mod authority_writes;
pub mod endings_kept;
pub mod endings_notices;
pub mod event_commits;
pub mod event_feed;
pub mod event_lists;
pub mod event_pruning;
pub mod events;
pub mod feed;
pub mod feed_end;
pub mod idempotency;
pub mod idempotency_changes;
pub mod idempotency_forgetting;
pub mod imports;
pub mod imports_again;
pub mod imports_ended;
mod imports_setup;
pub mod imports_views;
pub mod key_authority;
pub mod key_digests;
pub mod key_facts;
pub mod key_races;
pub mod keys_change;
pub mod keys_conditions;
pub mod keys_create;
pub mod keys_credential;
pub mod keys_hints;
pub mod keys_list;
mod keys_of_every_kind;
pub mod keys_order;
pub mod keys_reach;
pub mod keys_replacement;
pub mod keys_rotation;
pub mod keys_snapshot;
pub mod keys_walk;
pub mod keys_withdrawal;
mod many;
pub mod members;
pub mod names;
pub mod organization_races;
pub mod organizations;
pub mod passwords;
pub mod peppers;
pub mod pieces;
pub mod platform_admins;
pub mod removals;
mod running;
pub mod session_authority;
pub mod sessions;
pub mod suite;
mod test_store;
pub mod totals;
pub mod two_nodes;
pub mod usage;
pub mod user_deletion;
pub mod users;
pub mod users_list;
pub mod users_watch;
pub mod values;

use crate::Memory;
use apikey_domain::port::{
    api_key_repository::ApiKeyRepository,
    change_feed::ChangeFeed,
    directory::Directory,
    endings::Endings,
    event_log::EventLog,
    idempotency_log::IdempotencyLog,
    import_store::{ImportStore, ImportView},
    key_facts_store::KeyFactsStore,
    pepper_registry::PepperRegistry,
    principals::Principals,
    removals::Removals,
    sessions::Sessions,
};
pub use running::{Clause, NamedClause, failures, holds};
use std::{ops::Deref, sync::Arc};

/// A fresh, empty store of keys, and the users and organizations that own them.
pub struct TestKeys {
    /// Storage of keys.
    pub api_keys: Arc<dyn ApiKeyRepository>,
    /// The data needed to verify keys.
    pub key_facts: Arc<dyn KeyFactsStore>,
    /// Where the clauses make the users and organizations that own keys: the store's own
    /// directory, or the one that [`TestKeys::over`] supplies.
    pub directory: Arc<dyn Directory>,
}

/// A fresh, empty store behind its ports.
pub struct TestStore {
    /// Its keys, users and organizations.
    pub keys: TestKeys,
    /// The events.
    pub event_log: Arc<dyn EventLog>,
    /// Subscriptions to committed changes.
    pub change_feed: Arc<dyn ChangeFeed>,
    /// What removes in pieces those who own much.
    pub removals: Arc<dyn Removals>,
    /// The requests that may be sent again.
    pub idempotency_log: Arc<dyn IdempotencyLog>,
    /// Which peppers compute the digests.
    pub peppers: Arc<dyn PepperRegistry>,
    /// The sessions of users.
    pub sessions: Arc<dyn Sessions>,
    /// What tells that keys expire.
    pub endings: Arc<dyn Endings>,
    /// What takes over the rows of another service.
    pub imports: Arc<dyn ImportStore>,
    /// What is known about such rows.
    pub import_view: Arc<dyn ImportView>,
}

// === impl TestKeys ===

impl TestKeys {
    /// Returns a store that has keys and nothing else. `open` makes it over the users of
    /// a directory in memory, in which the clauses make whom they need: the store asks
    /// it who someone is, as it asks yours in production. The README of this crate shows
    /// how a test calls it.
    pub fn over<S>(open: impl FnOnce(Arc<dyn Principals>) -> Arc<S>) -> Self
    where
        S: ApiKeyRepository + KeyFactsStore + 'static,
    {
        let directory = Arc::new(Memory::new());
        let store = open(directory.clone());
        Self {
            api_keys: store.clone(),
            key_facts: store,
            directory,
        }
    }
}

// === impl TestStore ===

impl TestStore {
    /// Returns a store that is behind every port itself.
    pub fn of<S>(store: Arc<S>) -> Self
    where
        S: ApiKeyRepository
            + KeyFactsStore
            + Directory
            + EventLog
            + ChangeFeed
            + Removals
            + IdempotencyLog
            + PepperRegistry
            + Sessions
            + Endings
            + ImportStore
            + ImportView
            + 'static,
    {
        Self {
            keys: TestKeys {
                api_keys: store.clone(),
                key_facts: store.clone(),
                directory: store.clone(),
            },
            event_log: store.clone(),
            change_feed: store.clone(),
            removals: store.clone(),
            idempotency_log: store.clone(),
            peppers: store.clone(),
            sessions: store.clone(),
            endings: store.clone(),
            imports: store.clone(),
            import_view: store,
        }
    }
}

/// A store has keys, whatever else it has.
impl Deref for TestStore {
    type Target = TestKeys;

    fn deref(&self) -> &TestKeys {
        &self.keys
    }
}
