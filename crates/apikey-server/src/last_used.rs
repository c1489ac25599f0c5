//! Stores the uses of keys in the background.

use apikey_diesel::{Attendance, fault};
use apikey_domain::{
    port::api_key_repository::ApiKeyRepository, verification::last_used_buffer::LastUsedBuffer,
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle};

/// How often buffered uses are stored. Together with the interval at which uses of
/// a key are buffered it is less than a minute.
const FLUSH_INTERVAL: Duration = Duration::from_secs(5);
/// How many uses are stored at once: other writes wait for at most one batch.
const BATCH_SIZE: usize = 1_000;
/// The same for credentials of keys that have several, each of which takes a statement.
const CREDENTIALS_AT_ONCE: usize = 100;

/// A task that stores the uses of keys until it is stopped.
pub struct LastUsedWriter {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl LastUsedWriter {
    /// Starts the task, which stores the uses in `buffer`, and holds `attendance` while
    /// it runs.
    pub fn start(
        buffer: Arc<LastUsedBuffer>,
        api_keys: Arc<dyn ApiKeyRepository>,
        attendance: Attendance,
    ) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let _attendance = attendance;
            while tokio::time::timeout(FLUSH_INTERVAL, &mut stopped)
                .await
                .is_err()
            {
                if fault::point("last-uses") {
                    return;
                }
                store(&buffer, &*api_keys).await;
            }
            store(&buffer, &*api_keys).await;
        });
        Self { stop, task }
    }

    /// Stores the uses buffered so far and stops the task.
    pub async fn stop(self) {
        // Fails only if the task has ended already.
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::warn!(%error, "uses of keys were not stored");
        }
    }
}

async fn store(buffer: &LastUsedBuffer, api_keys: &dyn ApiKeyRepository) {
    let Some(uses) = buffer.take() else {
        return;
    };
    for batch in uses.keys.chunks(BATCH_SIZE) {
        if let Err(error) = api_keys.record_uses(batch, uses.at).await {
            tracing::warn!(%error, keys = batch.len(), "uses of keys are stored later");
            buffer.put_back(batch, uses.at);
        }
    }
    for batch in uses.credentials.chunks(CREDENTIALS_AT_ONCE) {
        if let Err(error) = api_keys.record_credential_uses(batch, uses.at).await {
            let credentials = batch.len();
            tracing::warn!(%error, credentials, "uses of credentials are not stored");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_diesel::Supervisor;
    use apikey_domain::{
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
    async fn buffered_uses_are_stored_on_stop() {
        let (memory, key) = with_key().await;
        let buffer = Arc::new(LastUsedBuffer::default());
        let writer = LastUsedWriter::start(
            buffer.clone(),
            memory.clone(),
            Supervisor::default().attend("the writer of uses"),
        );
        buffer.record(key.id, fixture::instant());
        writer.stop().await;
        assert_eq!(stored(&memory).await, Some(fixture::instant()));
    }

    #[tokio::test]
    async fn uses_that_could_not_be_stored_are_retried() {
        let mut down = MockApiKeyRepository::new();
        down.expect_record_uses()
            .return_once(|_, _| Err(PortError::Unavailable("down".into())));
        let (memory, key) = with_key().await;
        let buffer = LastUsedBuffer::default();
        buffer.record(key.id, fixture::instant());
        store(&buffer, &down).await;
        assert_eq!(stored(&memory).await, None);
        store(&buffer, &*memory).await;
        assert_eq!(stored(&memory).await, Some(fixture::instant()));
        assert!(buffer.is_empty());
    }

    async fn with_key() -> (Arc<Memory>, ApiKey) {
        let memory = Arc::new(Memory::new());
        let alice = memory
            .create_user(fixture::by_service(), fixture::new_user("alice"))
            .await
            .unwrap();
        let mut new = fixture::new_api_key("ci", "0123456789abcdef");
        (new.user_id, new.owner_principal_id) = (alice.id, alice.principal_id);
        let key = memory.create(fixture::by_service(), new).await.unwrap();
        (memory, key)
    }

    /// Returns when the only key was last used.
    async fn stored(memory: &Memory) -> Option<Timestamp> {
        let filter = fixture::filter(None, None, None);
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
