//! The in-memory store, for tests: no I/O, no runtime, the same requirements.

mod api_keys;
mod authority;
mod directory;
mod endings;
mod event_log;
mod idempotency_log;
mod import_facts;
mod imports;
mod key_writes;
mod members;
mod organizations;
mod peppers;
mod removals;
mod sessions;
mod state;
mod users;

use apikey_domain::{
    access::authority::Authority,
    change::{
        Change,
        hub::{ChangeHub, Interest, Subscription, UserInterest},
    },
    error::PortError,
    identity::user::User,
    port::{
        change_feed::ChangeFeed,
        health::{Health, Part, PartReport},
    },
};
use async_trait::async_trait;
use state::State;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Stores keys, users and organizations in memory, and publishes changes.
///
/// One lock makes every write atomic and orders commits and their events. User ids
/// start at 1 and principal ids at 1001, so that a test fails if they are mixed
/// up.
///
/// # Example
///
/// ```
/// use apikey_domain::port::directory::Directory;
/// use apikey_testing::Memory;
/// use apikey_domain::testing::fixture;
///
/// # futures_executor::block_on(async {
/// let by = fixture::by_service();
/// let alice = Memory::new().create_user(by, fixture::new_user("alice")).await.unwrap();
/// assert_eq!((alice.id.0, alice.principal_id.0), (1, 1001));
/// # });
/// ```
pub struct Memory {
    state: Mutex<State>,
    hub: ChangeHub,
}

impl Memory {
    /// The maximum number of concurrent subscriptions.
    pub const MAX_SUBSCRIPTIONS: usize = 1_000;

    /// Creates an empty store.
    pub fn new() -> Self {
        Self::with_hub(ChangeHub::new(Self::MAX_SUBSCRIPTIONS))
    }

    /// Creates an empty store that publishes its changes to `hub`.
    pub fn with_hub(hub: ChangeHub) -> Self {
        Self {
            state: Mutex::new(State::new()),
            hub,
        }
    }

    /// Returns the hub to which changes are published.
    pub fn hub(&self) -> &ChangeHub {
        &self.hub
    }

    fn read(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges `by`, commits what `work` does and publishes its changes, or does none
    /// of it if one fails. `work` MUST check before it changes anything.
    fn write<T>(
        &self,
        by: Authority,
        work: impl FnOnce(&mut State, &mut Vec<Change>) -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        let mut state = self.read();
        let by = state.judge(&by)?;
        let mut changes = Vec::new();
        let result = work(&mut state, &mut changes)?;
        let events = state.commit(by, changes);
        for event in &events {
            self.hub.invalidate(&event.change);
        }
        self.hub.publish(events);
        self.hub.advance(state.head());
        Ok(result)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl ChangeFeed for Memory {
    async fn subscribe(&self, interest: Interest) -> Result<Subscription, PortError> {
        self.hub.subscribe(interest)
    }

    async fn subscribe_to_users(
        &self,
        interest: UserInterest,
    ) -> Result<Subscription<User>, PortError> {
        self.hub.subscribe_to_users(interest)
    }
}

#[async_trait]
impl Health for Memory {
    async fn check(&self) -> Vec<PartReport> {
        [Part::Read, Part::Write].map(PartReport::fine).into()
    }
}
