//! Migrates a PostgreSQL database.

use super::run::{Direction, newest_of, run};
use crate::{failure::unavailable, postgres};
use apikey_domain::error::PortError;
use diesel::{
    migration::{Migration, MigrationSource},
    pg::Pg,
    sql_types::BigInt,
};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use std::sync::OnceLock;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The advisory lock held while migrations run, so that nodes that start at the same
/// time take turns.
const MIGRATION_LOCK: i64 = 0x6170_696b_6579_0002;

/// How long a migration waits for a table that others use, and everybody who comes after
/// it waits with it.
const TABLE_LOCK_TIMEOUT: &str = "SET lock_timeout = '2s'";

/// Moves events that were restored into a server with lower transaction ids before
/// all events to come. They keep the order of their numbers, which also puts every
/// cause before its effect. Such a restore is the only way in which a visible event
/// can have a transaction id that the server has not assigned yet.
const REBASE: &str = "
    DO $$
    BEGIN
        -- One statement, so that it sees the events and the transactions at once.
        IF (
            SELECT COALESCE((SELECT max(horizon) FROM events), 0) >= unborn
                OR (SELECT horizon FROM event_floor) >= unborn
            FROM (
                SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS unborn
            ) AS seen
        ) THEN
            UPDATE events SET horizon = 0, transaction_id = 0;
            UPDATE event_floor
            SET horizon = 0, number = GREATEST(number, (SELECT min(number) - 1 FROM events));
            DELETE FROM nodes;
            UPDATE name_index SET horizon = NULL;
            UPDATE full_name_index SET horizon = NULL;
        END IF;
    END $$";

/// Returns the versions of all migrations of this release.
pub(crate) fn versions() -> Result<Vec<String>, PortError> {
    let migrations: Vec<Box<dyn Migration<Pg>>> =
        MIGRATIONS.migrations().map_err(PortError::Unavailable)?;
    let versions = migrations
        .iter()
        .map(|one| one.name().version().to_string());
    Ok(versions.collect())
}

/// Migrates a PostgreSQL database. Returns the names of the migrations that were
/// run.
pub(crate) async fn migrate(
    source: &postgres::Source,
    direction: Direction,
) -> Result<Vec<String>, PortError> {
    let source = source.clone();
    // The harness blocks, which only a multi-threaded runtime allows. It gets a
    // runtime of its own, so that it works under any runtime of the caller.
    tokio::task::spawn_blocking(move || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(unavailable)?
            .block_on(migrate_locked(&source, direction))
    })
    .await
    .map_err(unavailable)?
}

async fn migrate_locked(
    source: &postgres::Source,
    direction: Direction,
) -> Result<Vec<String>, PortError> {
    postgres::pooling::refuse(source).await?;
    let mut connection = source.connect().await?;
    connection
        .batch_execute("SET lock_timeout = '60s'; SET statement_timeout = 0")
        .await
        .map_err(unavailable)?;
    // Released with the connection.
    diesel::sql_query("SELECT pg_advisory_lock($1)")
        .bind::<BigInt, _>(MIGRATION_LOCK)
        .execute(&mut connection)
        .await
        .map_err(unavailable)?;
    connection
        .batch_execute(TABLE_LOCK_TIMEOUT)
        .await
        .map_err(unavailable)?;
    let mut harness = AsyncMigrationHarness::new(connection.into_inner());
    let applied = run(&mut harness, || MIGRATIONS, direction)?;
    if matches!(direction, Direction::Up) {
        harness
            .into_inner()
            .batch_execute(REBASE)
            .await
            .map_err(unavailable)?;
    }
    Ok(applied)
}

/// Returns the version of the newest migration of this release.
pub(crate) fn newest() -> &'static str {
    static NEWEST: OnceLock<String> = OnceLock::new();
    NEWEST.get_or_init(|| newest_of::<diesel::pg::Pg>(&MIGRATIONS))
}
