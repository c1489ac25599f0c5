//! The subcommand `pepper give-up`: what remains to be done when a pepper is lost.

use super::{existing, make_in_data_dir};
use crate::{
    config::{Config, Refused},
    data_dir, log, serve,
};
use anyhow::{Context, bail};
use apikey_diesel::{Database, DatabaseUrl, Examination};
use apikey_domain::{
    key::digest::PepperId,
    port::clock::{Clock, judging_now},
    system::SystemClock,
};

const SETTING: &str = "<PEPPER>";
const IN_USE: &str = "servers use this database: stop every one of them first";

/// Makes the pepper that is given, or on SQLite a new one, the newest one although the one
/// before is lost. The keys that need it are refused for good, and nothing else changes.
///
/// # Errors
///
/// If the pepper is not lost or nothing needs it, a server runs, or the database cannot be
/// changed. Then nothing has changed.
pub fn run(config: &Config, lost: &str, is_confirmed: bool) -> anyhow::Result<Result<(), Refused>> {
    let Some(lost) = PepperId::parse(lost) else {
        let expected = "expected the id of a pepper, as pepper show prints it";
        return Ok(Err(Refused::new(SETTING, lost, expected)));
    };
    let id = lost.to_text();
    let given = existing(config)?;
    if given
        .as_ref()
        .is_some_and(|(peppers, _)| peppers.knows(lost))
    {
        bail!("the pepper {id} is among those given, so it is not lost");
    }
    let runtime = serve::runtime()?;
    let database = Database::new(&config.database_url)?;
    let _lock = match &config.database_url {
        DatabaseUrl::Sqlite(path) => {
            if !path.exists() {
                bail!("there is no database {}", path.display());
            }
            Some(data_dir::try_lock_database(path)?.context(IN_USE)?)
        }
        DatabaseUrl::Postgres(_) => None,
    };
    let found = runtime.block_on(Examination::of(&config.database_url))?;
    let found = found.unwrap_or_default();
    if !found.has_tables || found.missing_migrations > 0 || !found.unknown_migrations.is_empty() {
        bail!("the schema of the database is not that of this release (see `migrate`)");
    }
    let needing = found.peppers.iter().find(|one| one.pepper == lost);
    let digests = needing.map_or(0, |one| one.digests);
    if digests == 0 && found.newest_pepper != Some(lost) {
        bail!("nothing needs the pepper {id}");
    }
    if !is_confirmed {
        let what =
            format!("{digests} secrets of keys need the pepper {id} and are refused for good");
        return Ok(Err(Refused::Setting(format!("{what}: add --yes"))));
    }
    if runtime.block_on(database.is_used())? {
        bail!(IN_USE);
    }
    let new = match given {
        Some((peppers, _)) => peppers.ids(),
        None => make_in_data_dir(config)?.ids(),
    };
    let new = new.first().context("there is no pepper")?;
    let now = judging_now(&SystemClock as &dyn Clock)?;
    runtime.block_on(database.give_up_pepper(lost, *new, now))?;
    log::done(&format!(
        "gave up the pepper {id}: {digests} secrets of keys are refused for good, so replace these \
         keys and delete them\nthe newest pepper is {} now\n",
        new.to_text()
    ));
    Ok(Ok(()))
}
