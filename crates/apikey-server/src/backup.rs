//! The subcommand `backup`, and what is said of a backup.

mod target;

use crate::{
    config::{BackupArguments, Config, Refused},
    interruption, pepper,
};
use anyhow::{Context, bail};
use apikey_commands::replacement::{Replacement, folder_of};
use apikey_diesel::{
    DatabaseUrl, PepperDigests,
    backup::{self, BackupContents},
};
use apikey_domain::{key::digest::Peppers, port::clock::Clock, system::SystemClock};
use rustix::fs::{Access, access};
use std::{io::ErrorKind, path::Path};

/// What is used on PostgreSQL.
const POSTGRES: &str = "this database is backed up by the tools of PostgreSQL: run pg_dump \
                        --format=custom --file=FILE URL, and keep the pepper (APIKEY_PEPPER, or the \
                        file that APIKEY_PEPPER_FILE names) and the settings apart from FILE; without \
                        the pepper every key in it is refused";

/// Copies the database into a file, checks the copy, and only then replaces what was there.
/// Returns what is to be said of it.
///
/// # Errors
///
/// If the copy cannot be made or is not good: then the file is as it was.
pub fn run(
    config: &Config,
    arguments: &BackupArguments,
) -> anyhow::Result<Result<String, Refused>> {
    let DatabaseUrl::Sqlite(database) = &config.database_url else {
        return Ok(Err(Refused::Setting(POSTGRES.to_owned())));
    };
    let file = &arguments.file;
    if !database.exists() {
        bail!("there is no database {}", database.display());
    }
    let shown = file.display();
    target::check(config, database, file, arguments.force)?;
    let contents = write(database, file).with_context(|| format!("{shown} is not written"))?;
    let mut report = format!("wrote {shown}: {}\n", counts(&contents));
    // The backup is good without them, and is needed most where they are not.
    let given = pepper::existing(config).unwrap_or_else(|error| {
        report += &format!("the peppers that are given cannot be read: {error:#}\n");
        None
    });
    for line in peppers(&contents, given.as_ref()) {
        report += &format!("it needs {}\n", line.text);
    }
    report += "no pepper is in it: keep them too, apart from it\n";
    Ok(Ok(report))
}

fn write(database: &Path, file: &Path) -> anyhow::Result<BackupContents> {
    let replacement = match Replacement::begin(file) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            bail!("another process writes a backup there")
        }
        begun => begun?,
    };
    interruption::remove_then(&replacement)?;
    let copied = backup::copy(database, replacement.path(), SystemClock.now());
    copied.with_context(|| match access(folder_of(database), Access::WRITE_OK) {
        Ok(()) => "cannot copy the database".to_owned(),
        Err(error) => format!(
            "cannot copy the database, whose folder SQLite has to write to ({error}): copy {0} and \
             {0}-wal elsewhere, and make a backup of that with --database-url",
            database.display()
        ),
    })?;
    let contents = backup::look(replacement.path()).context("the copy cannot be read")?;
    replacement.finish()?;
    Ok(contents)
}

/// Returns what is in a backup.
pub(crate) fn counts(contents: &BackupContents) -> String {
    let as_of = contents.as_of();
    let as_of = as_of.map_or("an unknown time".to_owned(), |time| time.to_rfc3339());
    format!(
        "{} users, {} keys and {} events, as of {as_of}",
        contents.users, contents.api_keys, contents.events
    )
}

/// What is said of a pepper that a backup needs.
pub(crate) struct PepperLine {
    pub(crate) text: String,
    pub(crate) is_given: bool,
}

/// Returns what is said of each.
pub(crate) fn peppers(
    contents: &BackupContents,
    given: Option<&(Peppers, String)>,
) -> Vec<PepperLine> {
    let line = |PepperDigests { pepper, digests }: &PepperDigests| {
        let known = given.filter(|(peppers, _)| peppers.knows(*pepper));
        let place = match known {
            Some((_, place)) => format!("which is in {place}"),
            None => "which is NOT among those given".to_owned(),
        };
        let pepper = pepper.to_text();
        PepperLine {
            text: format!("the pepper {pepper} for {digests} keys, {place}"),
            is_given: known.is_some(),
        }
    };
    contents.peppers.iter().map(line).collect()
}
