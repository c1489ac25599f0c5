//! Stores in the background the digests of keys that were used under an older pepper.

use crate::panics;
use apikey_diesel::{Attendance, fault};
use apikey_domain::{
    error::PortError,
    port::api_key_repository::ApiKeyRepository,
    verification::renewal_buffer::{DigestRenewal, RenewalBuffer},
};
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// How often it is looked whether any wait.
const INTERVAL: Duration = Duration::from_secs(1);
/// How many are sent to the writer at once, which it commits together with other writes.
const BATCH_SIZE: usize = 64;
/// The pause between two batches, for other writes.
const BATCH_PAUSE: Duration = Duration::from_millis(10);
/// The pause after one that failed.
const FAILURE_PAUSE: Duration = Duration::from_secs(10);

/// Stores renewals until the task is aborted. Those that wait then are left to the next use
/// of their keys. The task holds `attendance` while it runs.
pub fn start(
    buffer: Arc<RenewalBuffer>,
    api_keys: Arc<dyn ApiKeyRepository>,
    attendance: Attendance,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _attendance = attendance;
        while !fault::point("renewals") {
            let batch = buffer.take(BATCH_SIZE);
            let pause = if batch.is_empty() {
                INTERVAL
            } else {
                match panics::caught(store(&buffer, &*api_keys, batch)).await {
                    Ok(()) => BATCH_PAUSE,
                    Err(error) => {
                        tracing::warn!(%error, "digests are renewed later");
                        FAILURE_PAUSE
                    }
                }
            };
            tokio::time::sleep(pause).await;
        }
    })
}

/// Stores a batch. Those that could not be stored wait again.
async fn store(
    buffer: &RenewalBuffer,
    api_keys: &dyn ApiKeyRepository,
    batch: Vec<DigestRenewal>,
) -> Result<(), PortError> {
    let renewals = batch.iter().cloned();
    let renewed = join_all(renewals.map(|renewal| api_keys.renew_digest(renewal))).await;
    let mut failed = Ok(());
    for (renewal, renewed) in batch.into_iter().zip(renewed) {
        if let Err(error) = renewed {
            buffer.add(renewal);
            failed = Err(error);
        }
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        key::credential::CredentialNumber, port::api_key_repository::MockApiKeyRepository,
        testing::fixture,
    };

    fn renewal(id: i64) -> DigestRenewal {
        let stored = fixture::stored_credential(id, "ci");
        DigestRenewal {
            id: stored.api_key.id,
            number: CredentialNumber::FIRST,
            new: stored.secret_digest.keyed().unwrap().clone(),
            old: stored.secret_digest,
        }
    }

    #[tokio::test]
    async fn what_could_not_be_stored_waits_again() {
        let mut half_down = MockApiKeyRepository::new();
        half_down.expect_renew_digest().returning(|renewal| {
            if renewal.id.0 % 2 == 0 {
                Ok(true)
            } else {
                Err(PortError::Unavailable("down".into()))
            }
        });
        let buffer = RenewalBuffer::default();
        let batch = (0..10).map(renewal).collect();
        assert!(store(&buffer, &half_down, batch).await.is_err());
        assert_eq!(buffer.len(), 5);
        let batch = vec![renewal(2)];
        assert!(store(&buffer, &half_down, batch).await.is_ok());
        assert_eq!(buffer.len(), 5);
    }
}
