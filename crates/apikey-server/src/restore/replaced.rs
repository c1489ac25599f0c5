//! The database that a restore replaces: it is kept under another name.

use anyhow::Context;
use apikey_commands::replacement::{beside, flush_folder};
use apikey_domain::timestamp::Timestamp;
use std::path::{Path, PathBuf};

/// Keeps the files of a database under a name with the time. The file itself also stays where
/// it is, so that there is always one: until the backup takes its place.
///
/// # Errors
///
/// If a file cannot be moved.
pub(super) fn keep(
    database: &Path,
    is_there: bool,
    now: Timestamp,
) -> anyhow::Result<Option<PathBuf>> {
    let time: String = now
        .to_rfc3339()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    let kept = beside(database, &format!(".replaced-{time}"));
    let keep = || -> std::io::Result<()> {
        // A log would be taken for that of the new file, also if it is all that is left.
        for ending in ["-wal", "-shm"] {
            let from = beside(database, ending);
            if from.exists() {
                std::fs::rename(from, beside(&kept, ending))?;
            }
        }
        if is_there {
            std::fs::hard_link(database, &kept)?;
        }
        flush_folder(database)
    };
    keep().with_context(|| format!("cannot keep {}", database.display()))?;
    Ok(is_there.then_some(kept))
}
