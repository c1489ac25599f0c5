//! The free space where the files of the server are.

use super::finding::Finding;
use crate::config::Config;
use apikey_diesel::DatabaseUrl;
use rustix::fs::statvfs;
use std::path::Path;

/// Below this a server on SQLite soon cannot write.
const LITTLE: u64 = 64 << 20;
/// What is to be free beside the database, for its log.
const SOME: u64 = 256 << 20;

pub(super) fn findings(config: &Config) -> Option<Finding> {
    // On PostgreSQL the server writes next to nothing.
    let DatabaseUrl::Sqlite(database) = &config.database_url else {
        return None;
    };
    let folder = nearest(database)?;
    let system = statvfs(folder).ok()?;
    let free = system.f_bavail.saturating_mul(system.f_frsize);
    let size = database.metadata().map_or(0, |file| file.len());
    let what = format!(
        "{} MiB are free in {}, and the database has {} MiB",
        free >> 20,
        folder.display(),
        size >> 20
    );
    let advice = "make room, or move the database: with a full disk nothing can be changed, and \
                  no key revoked";
    if free < LITTLE {
        return Some(Finding::error("space", what, advice));
    }
    (free < size.saturating_add(SOME)).then(|| Finding::warning("space", what, advice))
}

/// Returns the folder where a file is, or would be made.
fn nearest(path: &Path) -> Option<&Path> {
    let mut folders = path.ancestors().skip(1);
    let folder = folders.find(|folder| folder.as_os_str().is_empty() || folder.is_dir())?;
    Some(match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    })
}
