//! Stores the uses of keys, behind everybody's back.

use apikey_domain::{
    port::api_key_repository::ApiKeyRepository, verification::last_used_buffer::LastUsedBuffer,
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle};

/// How often what was noted is stored. With the interval at which a key's use
/// is noted it adds up to less than a minute.
const INTERVAL: Duration = Duration::from_secs(5);
/// How many uses are stored at once: other writes wait no longer than that.
const BATCH: usize = 1_000;

/// Stores uses until it is stopped.
pub struct LastUsedWriter {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl LastUsedWriter {
    /// Starts to store what is noted in `pending`.
    pub fn start(pending: Arc<LastUsedBuffer>, api_keys: Arc<dyn ApiKeyRepository>) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            while tokio::time::timeout(INTERVAL, &mut stopped).await.is_err() {
                store(&pending, &*api_keys).await;
            }
            store(&pending, &*api_keys).await;
        });
        Self { stop, task }
    }

    /// Stores what was noted until now, and ends.
    pub async fn stop(self) {
        // Nobody listens when the task is gone, and then it has ended.
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::warn!(%error, "uses of keys were not stored");
        }
    }
}

async fn store(pending: &LastUsedBuffer, api_keys: &dyn ApiKeyRepository) {
    let Some((ids, at)) = pending.take() else {
        return;
    };
    for batch in ids.chunks(BATCH) {
        if let Err(error) = api_keys.record_uses(batch, at).await {
            tracing::warn!(%error, keys = batch.len(), "uses of keys are stored later");
            pending.put_back(batch, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        access::policy::ApiKeyFilter,
        error::PortError,
        key::api_key::ApiKey,
        listing::{Order, Window},
        port::{
            api_key_repository::MockApiKeyRepository, directory::Directory,
            usage_recorder::UsageRecorder,
        },
        testing::fixture,
        timestamp::Timestamp,
    };
    use apikey_testing::Memory;

    #[tokio::test]
    async fn what_was_noted_is_stored_when_it_stops() {
        let (memory, key) = with_key().await;
        let pending = Arc::new(LastUsedBuffer::default());
        let writer = LastUsedWriter::start(pending.clone(), memory.clone());
        pending.note(key.id, fixture::instant());
        writer.stop().await;
        assert_eq!(stored(&memory).await, Some(fixture::instant()));
    }

    #[tokio::test]
    async fn what_could_not_be_stored_is_stored_the_next_time() {
        let mut down = MockApiKeyRepository::new();
        down.expect_record_uses()
            .return_once(|_, _| Err(PortError::Unavailable("down".into())));
        let (memory, key) = with_key().await;
        let pending = LastUsedBuffer::default();
        pending.note(key.id, fixture::instant());
        store(&pending, &down).await;
        assert_eq!(stored(&memory).await, None);
        store(&pending, &*memory).await;
        assert_eq!(stored(&memory).await, Some(fixture::instant()));
        assert!(pending.is_empty());
    }

    async fn with_key() -> (Arc<Memory>, ApiKey) {
        let memory = Arc::new(Memory::new());
        let alice = memory
            .create_user(fixture::attribution(), fixture::new_user("alice"))
            .await
            .unwrap();
        let mut new = fixture::new_api_key("ci", "0123456789abcdef");
        (new.user_id, new.owner_principal_id) = (alice.id, alice.principal_id);
        let key = memory.create(fixture::attribution(), new).await.unwrap();
        (memory, key)
    }

    /// When the only key was last used.
    async fn stored(memory: &Memory) -> Option<Timestamp> {
        let filter = ApiKeyFilter {
            user_id: None,
            owner_principal_id: None,
            search: None,
        };
        let window = Window {
            offset: 0,
            limit: 1,
        };
        let page = memory
            .list(&filter, &Order::default(), window)
            .await
            .unwrap();
        page.items[0].last_used_at
    }
}
