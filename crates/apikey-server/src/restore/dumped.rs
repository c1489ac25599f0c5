//! What the tools of PostgreSQL restored.

use crate::{
    config::{Config, Refused},
    restored, serve,
};
use anyhow::bail;
use apikey_diesel::{Database, DatabaseUrl, Examination};
use apikey_domain::timestamp::Timestamp;

const SETTING: &str = "--dumped-at";
/// What is used on SQLite.
const SQLITE: &str = "--dumped-at is for PostgreSQL: a SQLite database is restored by \
                      apikey-server restore FILE, which knows from when the backup is";

/// Notes from when the dump is that the database was restored from, and ends its sessions.
/// Returns what is to be said of it.
///
/// # Errors
///
/// If the database cannot be reached, has no tables, or is of a later release: then nothing
/// has changed.
pub(super) fn note(
    config: &Config,
    dumped_at: &str,
    now: Timestamp,
) -> anyhow::Result<Result<String, Refused>> {
    if let DatabaseUrl::Sqlite(_) = &config.database_url {
        return Ok(Err(Refused::Setting(SQLITE.to_owned())));
    }
    let Some(made_at) = apikey_http::parse_instant(dumped_at) else {
        let expected = "expected an instant, as in 2026-01-31T23:59:59Z";
        return Ok(Err(Refused::new(SETTING, dumped_at, expected)));
    };
    if made_at > now {
        let expected = "it is in the future: is the clock of this machine right?";
        return Ok(Err(Refused::new(SETTING, dumped_at, expected)));
    }
    let database = Database::new(&config.database_url)?;
    serve::runtime()?.block_on(async {
        let found = Examination::of(&config.database_url)
            .await?
            .unwrap_or_default();
        if !found.has_tables {
            bail!("the database has no tables of this service: restore the dump first");
        }
        if let Some(first) = found.unknown_migrations.first() {
            bail!(
                "the dump is of a later release of apikey-server, which has the migration {first}"
            );
        }
        if database.is_used().await? {
            bail!("servers use this database: stop every one of them first");
        }
        // The dump may be of an earlier release.
        database.migrate().await?;
        Ok(database.note_restore(made_at, now).await?)
    })?;
    Ok(Ok(format!(
        "ended the sessions of the dump\n{}\nwho reads events or watches must start over, without \
         after and Last-Event-ID\n",
        restored::lost(made_at)
    )))
}
