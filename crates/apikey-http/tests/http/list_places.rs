//! Lists of one user, which wait for each other and for nobody else.

use crate::support::{TestApi, get};
use actix_web::http::header;
use apikey_domain::{
    access::policy::ApiKeyFilter,
    change::{
        Position,
        cutoff::{Cutoff, Pruned},
        event::{EventFilter, EventPage},
        retention::RecordState,
        snapshot::{KeySnapshot, UserSnapshot},
    },
    error::PortError,
    identifier::UserId,
    identity::user_list::UserFilter,
    key::creation::Creation,
    port::event_log::EventLog,
};
use apikey_http::ListPlaces;
use async_trait::async_trait;
use std::{future::pending, sync::Arc, time::Duration};
use tokio::time::Instant;

/// A record that does not answer.
struct Silent;

#[async_trait]
impl EventLog for Silent {
    async fn list_events(
        &self,
        _: &EventFilter,
        _: Position,
        _: u32,
    ) -> Result<EventPage, PortError> {
        pending().await
    }

    async fn list_key_events(
        &self,
        _: &ApiKeyFilter,
        _: Position,
        _: u32,
    ) -> Result<EventPage, PortError> {
        pending().await
    }

    async fn snapshot_after(
        &self,
        _: &ApiKeyFilter,
        _: Creation,
        _: u32,
    ) -> Result<KeySnapshot, PortError> {
        pending().await
    }

    async fn list_user_events(
        &self,
        _: &UserFilter,
        _: Position,
        _: u32,
    ) -> Result<EventPage, PortError> {
        pending().await
    }

    async fn user_snapshot_after(
        &self,
        _: &UserFilter,
        _: UserId,
        _: u32,
    ) -> Result<UserSnapshot, PortError> {
        pending().await
    }

    async fn record_state(&self) -> Result<RecordState, PortError> {
        pending().await
    }

    async fn prune_events(&self, _: Cutoff, _: Position, _: u32) -> Result<Pruned, PortError> {
        pending().await
    }
}

#[actix_web::test]
async fn lists_of_a_user_wait_for_each_other_and_nobody_waits_for_them() {
    let mut api = TestApi::new().await;
    // Whoever waits does so without taking time.
    tokio::time::pause();
    api.state.list_places = ListPlaces::for_each_user(1);
    api.state.keys.server.event_log = Arc::new(Silent);
    let started = Instant::now();
    let slow = api.root(get("/v2/events"));
    let others = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(api.alice(get("/v2/api-keys")).await.status, 200);
        assert_eq!(started.elapsed().as_secs(), 1);
        // What is no list waits for none.
        assert_eq!(api.root(get("/v2/users/me")).await.status, 200);
        assert_eq!(started.elapsed().as_secs(), 1);
        let refused = api.root(get("/v2/users")).await;
        assert_eq!(started.elapsed().as_secs(), 6);
        refused
    };
    let (slow, refused) = tokio::join!(slow, others);
    assert_eq!(
        refused.refusal(),
        "503 ServiceUnavailable: Too many lists of this user are being read, try again"
    );
    assert_eq!(refused.header(header::RETRY_AFTER), "1");
    assert_eq!(started.elapsed().as_secs(), 10);
    assert_eq!(
        slow.refusal(),
        "503 ServiceUnavailable: Reading the list takes too long, ask for less of it"
    );
    assert_eq!(api.root(get("/v2/users")).await.status, 200);
}
