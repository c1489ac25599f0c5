//! Runs migrations.

use crate::{failure::unavailable, postgres, sqlite::connection::establish};
use apikey_domain::error::{PortError, with_causes};
use diesel::{backend::Backend, connection::SimpleConnection as _, sql_types::BigInt};
use diesel_async::{AsyncMigrationHarness, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::{
    path::Path,
    time::{Duration, Instant},
};

pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The advisory lock held while migrations run, so that nodes that start at the same
/// time take turns.
const MIGRATION_LOCK: i64 = 0x6170_696b_6579_0002;

/// How long a migration waits for a table that others use, and everybody who comes after
/// it waits with it.
const TABLE_LOCK_TIMEOUT: &str = "SET lock_timeout = '2s'";
/// How long it is tried again after that.
const PATIENCE: Duration = Duration::from_secs(60);
/// The pause before it is tried again, for those who waited.
const PAUSE: Duration = Duration::from_millis(500);

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
        END IF;
    END $$";

/// Forgets what `ANALYZE` has found. Of a database with few rows it says that a scan finds
/// a row as fast as an index, and it is believed when there are many. Without it plans
/// follow from the indexes alone.
const FORGET_STATISTICS: &str = "
    DROP TABLE IF EXISTS sqlite_stat1;
    DROP TABLE IF EXISTS sqlite_stat4";

/// The direction of migrations.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    /// Applies what is pending.
    Up,
    /// Reverts everything, with all data.
    #[cfg(feature = "testing")]
    Down,
}

/// Migrates a SQLite file. Returns the names of the migrations that were run.
pub(crate) fn sqlite(path: &Path, direction: Direction) -> Result<Vec<String>, PortError> {
    let mut connection = establish(path).map_err(unavailable)?;
    let applied = run(&mut connection, || SQLITE, direction)?;
    connection
        .batch_execute(FORGET_STATISTICS)
        .map_err(unavailable)?;
    Ok(applied)
}

/// Migrates a PostgreSQL database. Returns the names of the migrations that were
/// run.
pub(crate) async fn postgres(
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
    let applied = run(&mut harness, || POSTGRES, direction)?;
    if matches!(direction, Direction::Up) {
        harness
            .into_inner()
            .batch_execute(REBASE)
            .await
            .map_err(unavailable)?;
    }
    Ok(applied)
}

fn run<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    migrations: fn() -> EmbeddedMigrations,
    direction: Direction,
) -> Result<Vec<String>, PortError> {
    match direction {
        Direction::Up => run_pending(harness, migrations),
        #[cfg(feature = "testing")]
        Direction::Down => {
            let versions = harness.revert_all_migrations(migrations());
            let versions = versions.map_err(PortError::Unavailable)?;
            Ok(versions.iter().map(ToString::to_string).collect())
        }
    }
}

/// Applies one migration after another. One that does not get its tables in time is
/// tried again: whatever waited behind it goes first.
fn run_pending<DB: Backend>(
    harness: &mut impl MigrationHarness<DB>,
    migrations: fn() -> EmbeddedMigrations,
) -> Result<Vec<String>, PortError> {
    let mut applied = Vec::new();
    let mut since = Instant::now();
    while harness
        .has_pending_migration(migrations())
        .map_err(PortError::Unavailable)?
    {
        match harness.run_next_migration(migrations()) {
            Ok(version) => {
                applied.push(version.to_string());
                since = Instant::now();
            }
            Err(error) if is_lock_refused(&*error) && since.elapsed() < PATIENCE => {
                tracing::warn!("a migration waits for tables that others use");
                std::thread::sleep(PAUSE);
            }
            Err(error) => return Err(PortError::Unavailable(error)),
        }
    }
    Ok(applied)
}

/// Returns whether a migration failed because others hold its tables. A server with
/// messages in another language is not recognized.
fn is_lock_refused(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let text = with_causes(error);
    text.contains("lock timeout") || text.contains("deadlock detected")
}
