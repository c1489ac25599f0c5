//! Bringing a database up to date.

use crate::{failure::unavailable, postgres, sqlite::connection::establish};
use apikey_domain::port::StoreError;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncMigrationHarness, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::path::Path;

pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Held while migrations run, so that nodes that start together take turns.
const MIGRATION: i64 = 0x6170_696b_6579_0002;

/// Migrates a SQLite file and names the migrations that were applied.
pub(crate) fn sqlite(path: &Path) -> Result<Vec<String>, StoreError> {
    let mut connection = establish(path).map_err(unavailable)?;
    let applied = connection
        .run_pending_migrations(SQLITE)
        .map_err(StoreError::Unavailable)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Migrates a PostgreSQL database and names the migrations that were applied.
pub(crate) async fn postgres(source: &postgres::Source) -> Result<Vec<String>, StoreError> {
    let mut connection = source.connect().await?;
    diesel::sql_query("SET lock_timeout = '60s'")
        .execute(&mut connection)
        .await
        .map_err(unavailable)?;
    // Released with the connection.
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<BigInt, _>(MIGRATION)
        .execute(&mut connection)
        .await
        .map_err(unavailable)?;
    let mut harness = AsyncMigrationHarness::new(connection);
    let applied = harness
        .run_pending_migrations(POSTGRES)
        .map_err(StoreError::Unavailable)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}
