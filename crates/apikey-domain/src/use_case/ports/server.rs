//! The ports that only a server has.

mod identity_ports;
mod key_ports;
mod session_ports;

use super::left_out::LeftOut;
use crate::{
    access::{
        authority::Authority,
        policy::{ApiKeyFilter, KeyReach},
    },
    change::{
        Position,
        cutoff::{Cutoff, Pruned},
        event::{EventFilter, EventPage},
        hub::{Interest, Subscription, UserInterest},
        retention::RecordState,
        snapshot::{KeySnapshot, UserSnapshot},
    },
    error::PortError,
    idempotency::Attempt,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{user::User, user_list::UserFilter},
    key::{api_key::NewApiKey, changes::ApiKeyChanges, creation::Creation},
    listing::{Page, Piece, Window},
    port::{
        change_feed::ChangeFeed,
        event_log::EventLog,
        idempotency_log::{IdempotencyLog, Once},
        removals::{Removal, RemovalStep, Removals},
    },
    timestamp::Timestamp,
};
use async_trait::async_trait;
pub use session_ports::SessionPorts;
use std::sync::Arc;

/// The ports that watching keys, listing events and showing removals needs.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{Position, event::EventFilter};
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let log = TestApp::new().keys.server.event_log;
/// let page = log.list_events(&EventFilter::default(), Position::START, 1).await;
/// assert!(page.unwrap().events.is_empty());
/// # });
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ServerPorts {
    /// Subscriptions to committed changes.
    pub change_feed: Arc<dyn ChangeFeed>,
    /// The record of every change.
    pub event_log: Arc<dyn EventLog>,
    /// The users and organizations that are being removed.
    pub removals: Arc<dyn Removals>,
    /// The requests that may be sent again.
    pub idempotency_log: Arc<dyn IdempotencyLog>,
}

// === impl ServerPorts ===

impl ServerPorts {
    /// Returns what stands for ports that were not given.
    pub(super) fn left_out() -> Self {
        Self {
            change_feed: Arc::new(LeftOut),
            event_log: Arc::new(LeftOut),
            removals: Arc::new(LeftOut),
            idempotency_log: Arc::new(LeftOut),
        }
    }
}

// === impl LeftOut ===

#[async_trait]
impl ChangeFeed for LeftOut {
    async fn subscribe(&self, _: Interest) -> Result<Subscription, PortError> {
        Err(no_change_feed())
    }

    async fn subscribe_to_users(&self, _: UserInterest) -> Result<Subscription<User>, PortError> {
        Err(no_change_feed())
    }
}

#[async_trait]
impl EventLog for LeftOut {
    async fn list_events(
        &self,
        _: &EventFilter,
        _: Position,
        _: u32,
    ) -> Result<EventPage, PortError> {
        Err(no_event_log())
    }

    async fn list_key_events(
        &self,
        _: &ApiKeyFilter,
        _: Position,
        _: u32,
    ) -> Result<EventPage, PortError> {
        Err(no_event_log())
    }

    async fn snapshot_after(
        &self,
        _: &ApiKeyFilter,
        _: Creation,
        _: u32,
    ) -> Result<KeySnapshot, PortError> {
        Err(no_event_log())
    }

    async fn list_user_events(
        &self,
        _: &UserFilter,
        _: Position,
        _: u32,
    ) -> Result<EventPage, PortError> {
        Err(no_event_log())
    }

    async fn user_snapshot_after(
        &self,
        _: &UserFilter,
        _: UserId,
        _: u32,
    ) -> Result<UserSnapshot, PortError> {
        Err(no_event_log())
    }

    async fn record_state(&self) -> Result<RecordState, PortError> {
        Err(no_event_log())
    }

    async fn prune_events(&self, _: Cutoff, _: Position, _: u32) -> Result<Pruned, PortError> {
        Err(no_event_log())
    }
}

#[async_trait]
impl Removals for LeftOut {
    async fn list_removals(&self, window: Window) -> Result<Page<Removal>, PortError> {
        Ok(window.of(Vec::new()))
    }

    async fn removals(&self, _: &[PrincipalId]) -> Result<Piece<Removal>, PortError> {
        Ok(Piece::of(Vec::new()))
    }

    async fn continue_removals(&self, _: Timestamp, _: u32) -> Result<RemovalStep, PortError> {
        Ok(RemovalStep::Idle)
    }
}

#[async_trait]
impl IdempotencyLog for LeftOut {
    async fn create_once(
        &self,
        _: Authority,
        _: NewApiKey,
        _: KeyReach,
        _: Attempt,
    ) -> Result<Once, PortError> {
        Err(no_idempotency_log())
    }

    async fn change_once(
        &self,
        _: Authority,
        _: ApiKeyId,
        _: KeyReach,
        _: ApiKeyChanges,
        _: Attempt,
    ) -> Result<Option<Once>, PortError> {
        Err(no_idempotency_log())
    }

    async fn forget(&self, _: Timestamp, _: u32) -> Result<u64, PortError> {
        Ok(0)
    }
}

fn no_idempotency_log() -> PortError {
    PortError::Unavailable("no idempotency log was given".into())
}

fn no_change_feed() -> PortError {
    PortError::Unavailable("no change feed was given".into())
}

fn no_event_log() -> PortError {
    PortError::Unavailable("no event log was given".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;
    use futures_executor::block_on;

    #[test]
    fn what_was_left_out_says_so() {
        let watch = block_on(LeftOut.subscribe(fixture::interest(1))).err();
        let page = block_on(LeftOut.list_events(&EventFilter::default(), Position::START, 1));
        let texts = [watch, page.err()].map(|error| format!("{:?}", error.unwrap()));
        assert!(
            texts[0].contains("no change feed was given"),
            "{}",
            texts[0]
        );
        assert!(texts[1].contains("no event log was given"), "{}", texts[1]);
    }

    #[test]
    fn nobody_is_being_removed_where_no_removals_were_given() {
        let removals = ServerPorts::left_out().removals;
        let step = block_on(removals.continue_removals(fixture::instant(), 1));
        assert_eq!(step.unwrap(), RemovalStep::Idle);
    }
}
