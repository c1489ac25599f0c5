//! The store in memory, for tests: no I/O, no runtime, the same obligations.

mod api_keys;
mod directory;
mod event_log;
mod members;
mod order;
mod organizations;
mod state;
mod users;

use apikey_domain::{
    change::{
        Change,
        attribution::Attribution,
        hub::{ChangeHub, Interest, Subscription},
    },
    error::PortError,
    port::change_feed::ChangeFeed,
};
use async_trait::async_trait;
use state::State;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps keys, people and organizations in memory, and tells of changes.
///
/// One lock makes every write atomic and puts commits and what is told of them
/// in one order. User ids start at 1 and principal ids at 1001, so that a test
/// notices when they are mixed up.
///
/// # Example
///
/// ```
/// use apikey_domain::port::directory::Directory;
/// use apikey_testing::Memory;
/// use apikey_domain::testing::fixture;
///
/// # futures_executor::block_on(async {
/// let by = fixture::attribution();
/// let alice = Memory::new().create_user(by, fixture::new_user("alice")).await.unwrap();
/// assert_eq!((alice.id.0, alice.principal_id.0), (1, 1001));
/// # });
/// ```
pub struct Memory {
    state: Mutex<State>,
    hub: ChangeHub,
}

impl Memory {
    /// How many subscriptions there may be at once.
    pub const MOST_SUBSCRIPTIONS: usize = 1_000;

    /// An empty store.
    pub fn new() -> Self {
        Self::with_hub(ChangeHub::new(Self::MOST_SUBSCRIPTIONS))
    }

    /// An empty store that tells `hub` of its changes.
    pub fn with_hub(hub: ChangeHub) -> Self {
        Self {
            state: Mutex::new(State::new()),
            hub,
        }
    }

    /// The hub that tells of its changes.
    pub fn hub(&self) -> &ChangeHub {
        &self.hub
    }

    fn read(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits what `work` does and then tells of its changes; nothing of
    /// either when it fails. `work` MUST check before it changes anything.
    fn write<T>(
        &self,
        by: Attribution,
        work: impl FnOnce(&mut State, &mut Vec<Change>) -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        let mut state = self.read();
        let mut changes = Vec::new();
        let answer = work(&mut state, &mut changes)?;
        let events = state.commit(by, changes);
        for event in &events {
            self.hub.invalidate(&event.change);
        }
        self.hub.publish(events);
        self.hub.advance(state.head());
        Ok(answer)
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
}
