//! The file that becomes a backup: never one that is something else.

use crate::{config::Config, data_dir, pepper::origin::PepperOrigin};
use anyhow::{Context, bail};
use apikey_commands::replacement::{beside, folder_of};
use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

/// What a SQLite file begins with.
const BEGIN: &[u8] = b"SQLite format 3\0";
/// The endings of what belongs to a database.
const OF_DATABASE: [&str; 6] = ["-wal", "-shm", "-journal", ".lock", ".socket", ".partial"];

/// Checks that a backup may be written to a file.
///
/// # Errors
///
/// If the file is the database, a part of it or the pepper, also where that is missing now. If
/// there is a file, unless it is to be replaced and looks like a backup.
pub(super) fn check(
    config: &Config,
    database: &Path,
    file: &Path,
    is_forced: bool,
) -> anyhow::Result<()> {
    let shown = file.display();
    let Some(place) = place(file) else {
        bail!("{shown} is no file in a folder that exists");
    };
    let database = behind_links(database);
    if [&place, &behind_links(file)].contains(&&database) {
        bail!("{shown} is the database itself");
    }
    if OF_DATABASE
        .iter()
        .any(|ending| place == beside(&database, ending))
    {
        bail!("{shown} belongs to the database {}", database.display());
    }
    if let PepperOrigin::File(pepper) = PepperOrigin::of(config)
        && place == behind_links(&pepper)
    {
        bail!("{shown} is the pepper");
    }
    let there = match file.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        there => there.with_context(|| format!("cannot look at {shown}"))?,
    };
    if !is_forced {
        bail!("{shown} exists: name another file, or replace it with --force");
    }
    let is_backup = there.is_file() && (there.len() == 0 || begins_as_one(file)?);
    if !is_backup {
        bail!("{shown} is something else: only a backup is replaced");
    }
    let log = beside(file, "-wal").metadata();
    if log.is_ok_and(|log| log.len() > 0) || data_dir::is_locked(file) {
        bail!("{shown} is a database in use: only a backup is replaced");
    }
    Ok(())
}

/// Returns where a file is or would be, whichever folders lead there; it may be a link itself.
fn place(file: &Path) -> Option<PathBuf> {
    let name = file.file_name()?;
    let folder = folder_of(file).canonicalize().ok()?;
    Some(folder.join(name))
}

/// Returns where a file is or would be, behind all links.
fn behind_links(file: &Path) -> PathBuf {
    let found = file.canonicalize().ok().or_else(|| place(file));
    found.unwrap_or_else(|| file.to_owned())
}

fn begins_as_one(file: &Path) -> anyhow::Result<bool> {
    let mut begin = Vec::new();
    let opened = File::open(file);
    let read = opened.and_then(|file| file.take(BEGIN.len() as u64).read_to_end(&mut begin));
    read.with_context(|| format!("cannot read {}", file.display()))?;
    Ok(begin == BEGIN)
}
