//! Implements the port of removals.

use super::{
    connection::Connection,
    lock::Lock,
    ports::Store,
    removal_batch::{self, Done},
    removal_list,
    removal_progress::Progress,
};
use apikey_domain::{
    access::authority::Authority,
    error::PortError,
    identifier::PrincipalId,
    listing::{Page, Piece, Window},
    port::removals::{Removal, RemovalStep, Removals},
    timestamp::Timestamp,
};
use async_trait::async_trait;

#[async_trait]
impl Removals for Store {
    async fn list_removals(&self, window: Window) -> Result<Page<Removal>, PortError> {
        self.readers
            .scan(statement!(removal_list::list, window: window))
            .await
    }

    async fn removals(&self, ids: &[PrincipalId]) -> Result<Piece<Removal>, PortError> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        self.readers
            .scan(statement!(removal_list::some, ids: &ids))
            .await
    }

    async fn continue_removals(&self, at: Timestamp, most: u32) -> Result<RemovalStep, PortError> {
        let Progress { place, failed } = self.removal_progress.get();
        // Usually there is nothing to do, and no write need wait for that.
        let first = self
            .readers
            .lookup(statement!(removal_batch::first, failed: &failed));
        let Some(principal) = first.await? else {
            self.removal_progress.retry();
            return Ok(RemovalStep::Idle);
        };
        let by = Authority::service(at);
        let done = self
            .writer
            .write(
                by,
                Lock::Aside,
                statement!(removal_batch::go_on, principal: principal, place: place, most: most),
            )
            .await;
        match done {
            Ok(Done { step, place }) => {
                self.removal_progress.set(place);
                Ok(step)
            }
            Err(error) => {
                if matches!(error, PortError::Corrupt(_)) {
                    self.removal_progress.postpone(principal);
                }
                Err(error)
            }
        }
    }
}
