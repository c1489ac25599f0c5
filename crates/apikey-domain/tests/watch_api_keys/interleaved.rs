//! A store with writes just before and just after each read for a watch.

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
    identifier::{ApiKeyId, UserId},
    identity::{user::User, user_list::UserFilter},
    key::{api_key::NewApiKey, changes::ApiKeyChanges, creation::Creation, key_name::Description},
    port::{api_key_repository::ApiKeyRepository, event_log::EventLog},
    testing::fixture,
};
use apikey_testing::Memory;
use async_trait::async_trait;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// A concurrent write.
#[derive(Clone, Debug)]
pub(super) enum Write {
    Create(String),
    Change(ApiKeyId, String),
    Delete(ApiKeyId),
}

/// The writes before and after one read.
pub(super) type Around = (Vec<Write>, Vec<Write>);

/// The store of `user`'s keys, with writes around each read of keys or their
/// events.
pub(super) struct Interleaved {
    pub(super) memory: Arc<Memory>,
    pub(super) user: User,
    pub(super) around: Mutex<VecDeque<Around>>,
}

/// Performs one write as `user`.
pub(super) async fn write(memory: &Memory, user: &User, write: Write) {
    let anywhere = fixture::reach(None, None);
    match write {
        Write::Create(name) => {
            let new = NewApiKey {
                user_id: user.id,
                owner_principal_id: user.principal_id,
                ..fixture::new_api_key(&name, &name)
            };
            memory.create(fixture::by_service(), new).await.unwrap();
        }
        Write::Change(id, text) => {
            let changes = ApiKeyChanges {
                description: Some(Some(Description::parse(text).unwrap())),
                ..ApiKeyChanges::default()
            };
            let now = fixture::instant();
            memory
                .update(fixture::by_service_at(now), id, anywhere, changes)
                .await
                .unwrap();
        }
        Write::Delete(id) => {
            memory
                .delete(fixture::by_service(), id, anywhere)
                .await
                .unwrap();
        }
    }
}

impl Interleaved {
    async fn with_writes_around<T>(&self, read: impl Future<Output = T>) -> T {
        let around = self.around.lock().unwrap().pop_front();
        let (before, afterwards) = around.unwrap_or_default();
        for change in before {
            write(&self.memory, &self.user, change).await;
        }
        let result = read.await;
        for change in afterwards {
            write(&self.memory, &self.user, change).await;
        }
        result
    }
}

#[async_trait]
impl EventLog for Interleaved {
    async fn list_events(
        &self,
        filter: &EventFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        self.memory.list_events(filter, after, limit).await
    }

    async fn list_key_events(
        &self,
        filter: &ApiKeyFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        let read = self.memory.list_key_events(filter, after, limit);
        self.with_writes_around(read).await
    }

    async fn snapshot_after(
        &self,
        filter: &ApiKeyFilter,
        after: Creation,
        limit: u32,
    ) -> Result<KeySnapshot, PortError> {
        let read = self.memory.snapshot_after(filter, after, limit);
        self.with_writes_around(read).await
    }

    async fn list_user_events(
        &self,
        filter: &UserFilter,
        after: Position,
        limit: u32,
    ) -> Result<EventPage, PortError> {
        self.memory.list_user_events(filter, after, limit).await
    }

    async fn user_snapshot_after(
        &self,
        filter: &UserFilter,
        after: UserId,
        limit: u32,
    ) -> Result<UserSnapshot, PortError> {
        self.memory.user_snapshot_after(filter, after, limit).await
    }

    async fn record_state(&self) -> Result<RecordState, PortError> {
        self.memory.record_state().await
    }

    async fn prune_events(
        &self,
        cutoff: Cutoff,
        after: Position,
        limit: u32,
    ) -> Result<Pruned, PortError> {
        self.memory.prune_events(cutoff, after, limit).await
    }
}
