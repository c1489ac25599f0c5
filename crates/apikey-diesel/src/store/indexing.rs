//! Implements the port of the index of names.

use super::{connection::Connection, lock::Lock, name_index, ports::Store};
use crate::name_index::{Extended, NameIndex};
use apikey_domain::{access::authority::Authority, error::PortError, timestamp::Timestamp};
use async_trait::async_trait;
use std::time::Duration;

/// For how long after a change this process is taken to be writing.
const WRITES_FOR: Duration = Duration::from_millis(100);

#[async_trait]
impl NameIndex for Store {
    async fn extend(&self, most: u32, at: Timestamp) -> Result<Extended, PortError> {
        // Usually there is nothing to do, and no write need wait for that.
        if !self
            .readers
            .scan(statement!(name_index::is_behind,))
            .await?
        {
            return Ok(Extended::default());
        }
        let by = Authority::service(at);
        let looked_at = self
            .writer
            .write(by, Lock::Alone, statement!(name_index::extend, most: most))
            .await?;
        Ok(Extended {
            looked_at,
            is_beside_others: self.writer.last_commit.is_within(WRITES_FOR),
        })
    }
}
