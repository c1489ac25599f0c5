//! The subcommand `migrate`.

use crate::{config::Config, data_dir, log};
use anyhow::Context;
use apikey_diesel::{Database, DatabaseUrl};

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
    log::done(&report);
    Ok(())
}
