//! Implements the port of the index of names.

use super::{
    connection::Connection, job::Written, lock::Lock, name_index, ports::Store, writer::Writer,
};
use crate::name_index::{Extended, NameIndex};
use apikey_domain::{access::authority::Authority, error::PortError, timestamp::Timestamp};
use async_trait::async_trait;

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
        let (by, writer) = (Authority::service(at), self.writer.clone());
        self.writer
            .write(
                by,
                Lock::Aside,
                statement!(extend, most: most, writer: &writer),
            )
            .await
    }
}

async fn extend(connection: &mut Connection, most: u32, writer: &Writer) -> Written<Extended> {
    let (looked_at, effects) = name_index::extend(connection, most).await?;
    let waiting = writer.waiting();
    Ok((Extended { looked_at, waiting }, effects))
}
