//! Runs migrations in a direction, whatever the database.

use apikey_domain::error::{PortError, with_causes};
use diesel::{
    backend::Backend,
    migration::{Migration, MigrationSource},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use std::time::{Duration, Instant};

/// How long a migration is tried again that does not get its tables.
const PATIENCE: Duration = Duration::from_secs(60);
/// The pause before it is tried again, for those who waited.
const PAUSE: Duration = Duration::from_millis(500);

/// The direction of migrations.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    /// Applies what is pending.
    Up,
    /// Reverts everything, with all data.
    #[cfg(feature = "testing")]
    Down,
}

/// Runs migrations in a direction. Returns their versions.
pub(super) fn run<DB: Backend>(
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

/// Returns the version of the newest of these migrations.
pub(super) fn newest_of<DB: Backend>(migrations: &EmbeddedMigrations) -> String {
    let all: Vec<Box<dyn Migration<DB>>> = migrations.migrations().unwrap_or_default();
    let versions = all
        .iter()
        .map(|migration| migration.name().version().to_string());
    versions.max().unwrap_or_default()
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
