//! Migrates a SQLite file.

use super::run::{Direction, newest_of, run};
use crate::{failure::unavailable, sqlite::connection::establish};
use apikey_domain::error::PortError;
use diesel::{
    connection::SimpleConnection as _,
    migration::{Migration, MigrationSource},
    sqlite::Sqlite,
};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use std::{path::Path, sync::OnceLock};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Forgets what `ANALYZE` has found. Of a database with few rows it says that a scan finds
/// a row as fast as an index, and it is believed when there are many. Without it plans
/// follow from the indexes alone.
const FORGET_STATISTICS: &str = "
    DROP TABLE IF EXISTS sqlite_stat1;
    DROP TABLE IF EXISTS sqlite_stat4";

/// Returns the versions of all migrations of this release.
pub(crate) fn versions() -> Result<Vec<String>, PortError> {
    let migrations: Vec<Box<dyn Migration<Sqlite>>> =
        MIGRATIONS.migrations().map_err(PortError::Unavailable)?;
    let versions = migrations
        .iter()
        .map(|one| one.name().version().to_string());
    Ok(versions.collect())
}

/// Migrates a SQLite file. Returns the names of the migrations that were run.
pub(crate) fn migrate(path: &Path, direction: Direction) -> Result<Vec<String>, PortError> {
    let mut connection = establish(path).map_err(unavailable)?;
    let applied = run(&mut connection, || MIGRATIONS, direction)?;
    connection
        .batch_execute(FORGET_STATISTICS)
        .map_err(unavailable)?;
    Ok(applied)
}

/// Returns the version of the newest migration of this release.
pub(crate) fn newest() -> &'static str {
    static NEWEST: OnceLock<String> = OnceLock::new();
    NEWEST.get_or_init(|| newest_of::<diesel::sqlite::Sqlite>(&MIGRATIONS))
}
