//! The subcommand `migrate`.

use crate::{config::Config, data_dir};
use anyhow::Context;
use apikey_diesel::{Database, DatabaseUrl};
use std::io::Write;

/// Migrates the database and prints the applied migrations.
///
/// # Errors
///
/// If the database cannot be reached, a server is using it on SQLite, or a
/// migration fails.
pub fn run(config: &Config) -> anyhow::Result<()> {
    let _lock = match &config.database_url {
        DatabaseUrl::Sqlite(path) => Some(data_dir::lock_database(path)?),
        DatabaseUrl::Postgres(_) => None,
    };
    let database = Database::new(&config.database_url)?;
    let runtime = crate::serve::runtime()?;
    let applied = runtime
        .block_on(database.migrate())
        .with_context(|| format!("cannot migrate {:?}", config.database_url))?;
    let report = match applied.as_slice() {
        [] => "up to date\n".to_owned(),
        names => names
            .iter()
            .map(|name| format!("applied {name}\n"))
            .collect(),
    };
    // The database is up to date, whether anybody can read that or not.
    let mut output = std::io::stdout();
    if let Err(error) = output
        .write_all(report.as_bytes())
        .and_then(|()| output.flush())
    {
        tracing::warn!(%error, "the migration is done, but cannot be reported");
    }
    Ok(())
}
