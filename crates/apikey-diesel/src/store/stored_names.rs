//! Implements the port of names that another release wrote.

use super::{connection::Connection, lock::Lock, names, ports::Store};
use crate::stored_names::{Named, StoredName, StoredNames};
use apikey_domain::{
    access::authority::Authority, error::PortError, name::Likeness, timestamp::Timestamp,
};
use async_trait::async_trait;

#[async_trait]
impl StoredNames for Store {
    async fn renew(&self, most: u32, at: Timestamp) -> Result<u64, PortError> {
        // Usually there is nothing to do, and no write need wait for that.
        if !self.readers.scan(statement!(names::has_outdated,)).await? {
            return Ok(0);
        }
        let by = Authority::service(at);
        self.writer
            .write(by, Lock::Alone, statement!(names::renew, most: most))
            .await
    }

    async fn names_after(
        &self,
        named: Named,
        after: i64,
        limit: u32,
    ) -> Result<Vec<StoredName>, PortError> {
        let rows = self
            .readers
            .scan(statement!(names::after, named: named, after: after, limit: limit))
            .await?;
        Ok(rows.into_iter().map(StoredName::from).collect())
    }

    async fn perhaps_like(&self, names: &[Likeness]) -> Result<Vec<StoredName>, PortError> {
        let keys: Vec<i64> = names.iter().flat_map(Likeness::keys).collect();
        let rows = self
            .readers
            .scan(statement!(names::perhaps_like, keys: &keys))
            .await?;
        Ok(rows.into_iter().map(StoredName::from).collect())
    }
}
