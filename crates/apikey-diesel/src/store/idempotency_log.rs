//! Implements the port of requests that may be sent again.

use super::{connection::Connection, idempotency, lock::Lock, ports::Store};
use apikey_domain::{
    access::{authority::Authority, policy::KeyReach},
    error::PortError,
    idempotency::Attempt,
    key::api_key::NewApiKey,
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
        let (user_id, owner) = (new.user_id, new.owner_principal_id);
        let name = new.name.as_str().to_owned();
        let lock = match self.key_quota.is_unbounded() {
            true => Lock::NewKey(user_id, owner, name),
            false => Lock::CountedKey(user_id, owner, name),
        };
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
