//! The directory for the files of the server.

use anyhow::{Context, bail};
use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Creates the directory with access for its owner only, unless it exists.
///
/// # Errors
///
/// If it cannot be created.
pub fn create(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot create the folder {}", path.display()))
}

/// Writes a file that only its owner can read. It atomically replaces an existing
/// file.
///
/// # Errors
///
/// If it cannot be written.
pub fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let write = || -> std::io::Result<()> {
        let partial = path.with_extension("partial");
        match std::fs::remove_file(&partial) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&partial)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&partial, path)?;
        File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// An exclusive lock on a SQLite database, released when dropped.
pub struct DatabaseLock(#[expect(dead_code, reason = "held for its lock")] File);

/// Locks a SQLite database, and creates its directory.
///
/// # Errors
///
/// If another server holds the lock, or a file cannot be opened.
pub fn lock_database(database: &Path) -> anyhow::Result<DatabaseLock> {
    match try_lock_database(database)? {
        Some(lock) => Ok(lock),
        None => bail!(
            "another apikey-server is using {}: stop it first, or use PostgreSQL, which many \
             servers can share",
            database.canonicalize().unwrap_or_default().display()
        ),
    }
}

/// Locks a SQLite database, and creates its directory. Returns `None` if another process
/// holds the lock.
///
/// # Errors
///
/// If a file cannot be opened.
pub fn try_lock_database(database: &Path) -> anyhow::Result<Option<DatabaseLock>> {
    if let Some(folder) = database.parent()
        && !folder.as_os_str().is_empty()
    {
        create(folder)?;
    }
    // SQLite creates its other files with the mode of this one.
    open_private(database)?;
    // Several paths to one file must share one lock.
    let database = database
        .canonicalize()
        .with_context(|| format!("cannot find {}", database.display()))?;
    let path = lock_path(&database);
    let file = open_private(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(DatabaseLock(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// Returns whether a process holds the lock of a SQLite database. Nothing is created.
pub fn is_locked(database: &Path) -> bool {
    let Ok(database) = database.canonicalize() else {
        return false;
    };
    let file = File::open(lock_path(&database));
    // A lock that is free is given back at once.
    file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Waits for the lock to bootstrap from a directory, released when dropped.
///
/// # Errors
///
/// If the lock file cannot be opened or locked.
pub fn lock_bootstrap(folder: &Path) -> anyhow::Result<File> {
    let path = folder.join("bootstrap.lock");
    let file = open_private(&path)?;
    file.lock()
        .with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// Opens a file, or creates it with access for its owner only.
fn open_private(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_the_owner_can_read_a_private_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pepper");
        write_private(&path, "first").unwrap();
        write_private(&path, "second").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_second_server_on_the_same_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("deep/apikey.db");
        let first = lock_database(&database).unwrap();
        let refused = lock_database(&database).err().unwrap().to_string();
        assert!(
            refused.starts_with("another apikey-server is using"),
            "{refused}"
        );
        let alias = folder.path().join("alias.db");
        std::os::unix::fs::symlink(&database, &alias).unwrap();
        assert!(lock_database(&alias).is_err());
        drop(first);
        assert!(lock_database(&database).is_ok());
    }
}
