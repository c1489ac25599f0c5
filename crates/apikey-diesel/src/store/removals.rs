//! Implements the port of removals.

use super::{
    connection::Connection,
    lock::Lock,
    ports::Store,
    removal_batch::{self, Done},
    removal_list,
};
use apikey_domain::{
    access::authority::Authority,
    error::PortError,
    identifier::PrincipalId,
    identity::removal::{Removal, RemovalStep},
    listing::{Page, Piece, Window},
    port::removals::Removals,
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
        // Usually there is nothing to do, and no write need wait for that.
        let is_any = self.readers.lookup(statement!(removal_batch::is_any,));
        if !is_any.await? {
            return Ok(RemovalStep::Idle);
        }
        let place = self.removal_place.get();
        let by = Authority::service(at);
        let Done { step, place } = self
            .writer
            .write(
                by,
                Lock::Aside,
                statement!(removal_batch::go_on, place: place, most: most),
            )
            .await?;
        self.removal_place.set(place);
        Ok(step)
    }
}
