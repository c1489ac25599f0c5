//! Implements the port of requests that may be sent again.

use super::{connection::Connection, idempotency, lock::Lock, ports::Store};
use apikey_domain::{
    access::{authority::Authority, policy::KeyReach},
    error::PortError,
    idempotency::Attempt,
    identifier::ApiKeyId,
    key::{api_key::NewApiKey, changes::ApiKeyChanges},
    port::idempotency_log::{IdempotencyLog, Once},
    timestamp::Timestamp,
};
use async_trait::async_trait;

#[async_trait]
impl IdempotencyLog for Store {
    async fn create_once(
        &self,
        by: Authority,
        new: NewApiKey,
        reach: KeyReach,
        attempt: Attempt,
    ) -> Result<Once, PortError> {
        let lock = Lock::of_creation(&new, !self.key_quota.is_unbounded());
        let organization_id = by.grounds().and_then(|grounds| grounds.principal_id);
        let counted = (self.key_quota, organization_id);
        self.writer
            .write(
                by,
                lock,
                statement!(
                    idempotency::create,
                    counted: counted,
                    new: &new,
                    reach: &reach,
                    attempt: &attempt
                ),
            )
            .await
    }

    async fn change_once(
        &self,
        by: Authority,
        id: ApiKeyId,
        reach: KeyReach,
        changes: ApiKeyChanges,
        attempt: Attempt,
    ) -> Result<Option<Once>, PortError> {
        if self.is_absent(&by, id, &reach).await? {
            return Ok(None);
        }
        let (at, ends_right) = (by.at(), changes.ends_use());
        let lock = Lock::of_changes(id, &changes);
        self.writer
            .write_or_end(
                ends_right,
                by,
                lock,
                statement!(
                    idempotency::change,
                    at: at,
                    id: id,
                    reach: &reach,
                    changes: &changes,
                    attempt: &attempt
                ),
            )
            .await
    }

    async fn forget(&self, now: Timestamp, most: u32) -> Result<u64, PortError> {
        // Usually there is nothing to do, and no write need wait for that.
        let has_bygone = self
            .readers
            .lookup(statement!(idempotency::has_bygone, now: now));
        if !has_bygone.await? {
            return Ok(0);
        }
        let by = Authority::service(now);
        self.writer
            .write(
                by,
                Lock::Aside,
                statement!(idempotency::forget, now: now, most: most),
            )
            .await
    }
}
