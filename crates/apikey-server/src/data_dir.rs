//! The directory for the files of the server.

use anyhow::{Context, bail};
use apikey_commands::replacement::{beside, flush_folder, folder_of};
use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown},
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
    let written = write(path, text, |file| {
        adopt(file, path);
        Ok(())
    });
    written.with_context(|| format!("cannot write {}", path.display()))
}

/// Atomically replaces the text of a file. It stays whose it was, and who could read it can:
/// the server may be another user than whoever does this.
///
/// # Errors
///
/// If it cannot be written, or given to whose it was. Then it is as it was.
pub fn rewrite(path: &Path, text: &str) -> anyhow::Result<()> {
    let keep = |file: &File| {
        let [before, now] = [path.metadata()?, file.metadata()?];
        if (before.uid(), before.gid()) != (now.uid(), now.gid()) {
            fchown(file, Some(before.uid()), Some(before.gid()))?;
        }
        file.set_permissions(before.permissions())
    };
    let shown = path.display();
    write(path, text, keep).with_context(|| {
        format!("cannot replace {shown}: run this as the user whom it belongs to, or as root")
    })
}

/// Writes a file beside `path`, of which `prepare` says whose it is, and puts it there.
fn write(path: &Path, text: &str, prepare: impl FnOnce(&File) -> io::Result<()>) -> io::Result<()> {
    let partial = beside(path, ".partial");
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = new_private(&partial)?;
    let written = prepare(&file)
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        // A secret is not left behind. Why it was not written counts.
        let _ = std::fs::remove_file(&partial);
    }
    written?;
    flush_folder(path)
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
    let open = || match new_private(path) {
        Ok(file) => {
            adopt(&file, path);
            Ok(file)
        }
        // It is there, or a link to where it is to be.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path),
        Err(error) => Err(error),
    };
    open().with_context(|| format!("cannot open {}", path.display()))
}

/// Creates a file to which only its owner has access, and which was not there.
fn new_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// Gives a new file to whom the folder belongs, if this is root: the server is most likely that
/// user, and could not use it otherwise.
fn adopt(new: &File, path: &Path) {
    let is_root = rustix::process::geteuid().is_root();
    if is_root && let Ok(folder) = folder_of(path).metadata() {
        // In a container not even root may do so everywhere.
        let _ = fchown(new, Some(folder.uid()), Some(folder.gid()));
    }
}

/// Returns the files beside a SQLite database that servers which used it left.
pub fn left_by_servers(database: &Path) -> Vec<PathBuf> {
    let files = ["-wal", "-shm", ".lock"].map(|ending| beside(database, ending));
    files.into_iter().filter(|file| file.exists()).collect()
}

fn lock_path(database: &Path) -> PathBuf {
    beside(database, ".lock")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs::Permissions,
        os::unix::fs::{PermissionsExt, chown},
    };

    /// A user that is not root.
    const ANOTHER: u32 = 65_534;

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
    fn a_file_that_is_rewritten_stays_whose_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pepper");
        std::fs::write(&path, "first").unwrap();
        let is_root = chown(&path, Some(ANOTHER), Some(ANOTHER)).is_ok();
        std::fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        let before = path.metadata().unwrap();
        rewrite(&path, "second").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second");
        let after = path.metadata().unwrap();
        let whose = |file: &std::fs::Metadata| (file.uid(), file.gid(), file.mode());
        assert_eq!(whose(&after), whose(&before));
        assert!(!is_root || after.uid() == ANOTHER);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        // What cannot take its place is not left beside it.
        let taken = folder.path().join("taken");
        std::fs::create_dir_all(taken.join("not empty")).unwrap();
        assert!(write_private(&taken, "secret").is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_root_creates_belongs_to_whose_folder_it_is() {
        let folder = tempfile::tempdir().unwrap();
        if chown(folder.path(), Some(ANOTHER), Some(ANOTHER)).is_err() {
            eprintln!("skipped: this user is not root");
            return;
        }
        let database = folder.path().join("apikey.db");
        drop(lock_database(&database).unwrap());
        write_private(&folder.path().join("pepper"), "secret").unwrap();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().uid(), ANOTHER, "{entry:?}");
        }
        // What a link leads to is not given away.
        let elsewhere = tempfile::tempdir().unwrap();
        let target = elsewhere.path().join("target");
        std::os::unix::fs::symlink(&target, folder.path().join("bootstrap.lock")).unwrap();
        drop(lock_bootstrap(folder.path()).unwrap());
        assert_eq!(target.metadata().unwrap().uid(), 0);
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
