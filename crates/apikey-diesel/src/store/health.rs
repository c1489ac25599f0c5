//! Proves that the database can be read, and that it takes writes.
//!
//! A proof of writing goes the way of all writes: the writer's thread and connection,
//! the primary and its disk. Any write that it commits is such a proof, so there is none
//! while changes are made, and none while nobody asks.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
    lock::Lock,
    readers::Readers,
    writer::Writer,
};
use crate::{
    failure::{from_diesel, unavailable},
    schema::{__diesel_schema_migrations, write_proof},
    single_flight::{Checked, SingleFlight},
};
use apikey_domain::{
    access::authority::Authority,
    error::PortError,
    port::health::{CHECK_LIMIT, Fault, Health, Part, PartReport, WRITE_PROOF_AGE},
    timestamp::Timestamp,
};
use async_trait::async_trait;
use diesel::{QueryDsl, dsl::max};
use diesel_async::RunQueryDsl;
use tokio::time::timeout;

/// The check of a database, of which each part is under way once at most.
pub(super) struct StoreHealth {
    readers: Readers,
    writer: Writer,
    reading: SingleFlight,
    reading_migrations: SingleFlight,
    writing: SingleFlight,
}

// === impl StoreHealth ===

#[async_trait]
impl Health for StoreHealth {
    async fn check(&self) -> Vec<PartReport> {
        let (read, write, migrations) = tokio::join!(
            self.check_read(),
            self.check_write(),
            self.check_migrations()
        );
        vec![read, write, migrations]
    }
}

impl StoreHealth {
    pub(super) fn new(readers: Readers, writer: Writer) -> Self {
        Self {
            readers,
            writer,
            reading: SingleFlight::default(),
            reading_migrations: SingleFlight::default(),
            writing: SingleFlight::default(),
        }
    }

    async fn check_read(&self) -> PartReport {
        let readers = self.readers.clone();
        let reading = self.reading.join(|| backend::apart(read(readers)));
        report(Part::Read, timeout(CHECK_LIMIT, reading).await.ok())
    }

    async fn check_migrations(&self) -> PartReport {
        let readers = self.readers.clone();
        let reading = || backend::apart(read_migrations(readers));
        let reading = self.reading_migrations.join(reading);
        report(Part::Migrations, timeout(CHECK_LIMIT, reading).await.ok())
    }

    async fn check_write(&self) -> PartReport {
        if self.writer.last_commit.is_within(WRITE_PROOF_AGE) {
            return PartReport::fine(Part::Write);
        }
        let writer = self.writer.clone();
        let writing = self.writing.join(|| prove(writer));
        let checked = timeout(CHECK_LIMIT, writing).await.ok();
        // The proof may wait for other writes, of which some were committed.
        if self.writer.last_commit.is_within(WRITE_PROOF_AGE) {
            return PartReport::fine(Part::Write);
        }
        report(Part::Write, checked)
    }
}

/// Returns the report of a check; `None` is one that did not end in time.
fn report(part: Part, checked: Option<Checked>) -> PartReport {
    match checked {
        Some(Ok(())) => PartReport::fine(part),
        Some(Err(cause)) => PartReport::failed(part, Fault::Failed, cause.to_string().into()),
        None => {
            let cause = format!("the database did not answer within {CHECK_LIMIT:?}");
            PartReport::failed(part, Fault::NoAnswer, cause.into())
        }
    }
}

async fn read(readers: Readers) -> Result<(), PortError> {
    let rows = readers.lookup(statement!(numbers,)).await?;
    match rows[..] {
        [_] => Ok(()),
        _ => Err(unavailable("the table write_proof does not have one row")),
    }
}

/// Looks whether the newest migration of this release is applied. Later ones are those of
/// a later release, which this one works with, too.
async fn read_migrations(readers: Readers) -> Result<(), PortError> {
    let newest = backend::newest_migration();
    let applied = readers.lookup(statement!(newest_applied,)).await?;
    match applied {
        Some(applied) if applied.as_str() >= newest => Ok(()),
        _ => Err(unavailable(format!(
            "the schema does not have the migration {newest}: was another database restored here?"
        ))),
    }
}

async fn newest_applied(connection: &mut Connection) -> Result<Option<String>, PortError> {
    __diesel_schema_migrations::table
        .select(max(__diesel_schema_migrations::version))
        .first(connection)
        .await
        .map_err(from_diesel)
}

async fn numbers(connection: &mut Connection) -> Result<Vec<i64>, PortError> {
    write_proof::table
        .select(write_proof::number)
        .load(connection)
        .await
        .map_err(from_diesel)
}

/// Commits a write that changes nothing but the proof.
async fn prove(writer: Writer) -> Result<(), PortError> {
    // It records no event, so its time is not seen.
    let by = Authority::service(Timestamp::MIN);
    writer
        .write(by, Lock::None, |connection| Box::pin(write(connection)))
        .await?;
    writer.last_commit.note();
    Ok(())
}

async fn write(connection: &mut Connection) -> Written<()> {
    backend::prove_write(connection).await?;
    Ok(((), Effects::none()))
}

#[cfg(test)]
mod tests;
