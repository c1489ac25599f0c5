//! Stores the uses of keys, behind everybody's back.

use apikey_domain::{
    identifier::ApiKeyId, port::api_key_repository::ApiKeyRepository, timestamp::Timestamp,
    verification::pending_uses::PendingUses,
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::oneshot, task::JoinHandle};

/// How often what was noted is stored. With the interval at which a key's use
/// is noted it adds up to less than a minute.
const INTERVAL: Duration = Duration::from_secs(5);
/// How many uses are stored at once: other writes wait no longer than that.
const BATCH: usize = 1_000;

/// Stores uses until it is stopped.
pub struct UseWriter {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl UseWriter {
    /// Starts to store what is noted in `pending`.
    pub fn start(pending: Arc<PendingUses>, api_keys: Arc<dyn ApiKeyRepository>) -> Self {
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

async fn store(pending: &PendingUses, api_keys: &dyn ApiKeyRepository) {
    let Some((ids, at)) = pending.take() else {
        return;
    };
    for batch in ids.chunks(BATCH) {
        if !is_stored(batch, at, api_keys).await {
            // Each key is noted again when its next use is due.
            tracing::warn!(keys = ids.len(), "uses of keys were not stored");
            return;
        }
    }
}

/// Tries twice: a key may be deleted while its use is written.
async fn is_stored(batch: &[ApiKeyId], at: Timestamp, api_keys: &dyn ApiKeyRepository) -> bool {
    if api_keys.record_uses(batch, at).await.is_ok() {
        return true;
    }
    match api_keys.record_uses(batch, at).await {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!(%error, "cannot store uses of keys");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        listing::{Order, Window},
        policy::ApiKeyFilter,
        port::{directory::Directory, key_use_log::KeyUseLog},
        testing::{Memory, fixture},
    };

    #[tokio::test]
    async fn what_was_noted_is_stored_when_it_stops() {
        let memory = Arc::new(Memory::new());
        let alice = memory
            .create_user(fixture::new_user("alice"))
            .await
            .unwrap();
        let mut new = fixture::new_api_key("ci", "0123456789abcdef");
        (new.user_id, new.owner_principal_id) = (alice.id, alice.principal_id);
        let key = memory.create(new).await.unwrap();
        let pending = Arc::new(PendingUses::default());
        let writer = UseWriter::start(pending.clone(), memory.clone());
        pending.note(key.id, fixture::instant());
        writer.stop().await;
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
        assert_eq!(page.items[0].last_used_at, Some(fixture::instant()));
    }
}
