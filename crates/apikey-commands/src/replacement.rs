//! A file that takes the place of another one, as a whole or not at all.

use rustix::{
    fs::{FlockOperation, OFlags, flock},
    process::geteuid,
};
use std::{
    fs::{File, Metadata, OpenOptions, Permissions},
    io::{self, ErrorKind},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

/// How often a file is opened that others replace meanwhile.
const TRIES: usize = 10;
/// What SQLite writes beside a file.
const COMPANIONS: [&str; 3] = ["-journal", "-wal", "-shm"];

/// A file beside another one, which only its owner can read. Dropped, it is removed; a process
/// that is killed leaves it, and the next one takes it.
///
/// # Example
///
/// ```
/// use apikey_commands::replacement::Replacement;
///
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("a");
/// std::fs::write(&path, "old").unwrap();
/// let replacement = Replacement::begin(&path).unwrap();
/// std::fs::write(replacement.path(), "new").unwrap();
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
/// replacement.finish().unwrap();
/// assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
/// ```
pub struct Replacement {
    /// Held for its lock: two that replace one file exclude each other.
    file: File,
    partial: PathBuf,
    target: PathBuf,
    is_finished: bool,
}

// === impl Replacement ===

impl Replacement {
    /// Begins an empty file beside `target`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::WouldBlock`] if another process replaces the same file,
    /// [`ErrorKind::AlreadyExists`] if what is beside it belongs to somebody else or is no file,
    /// and those of the system.
    pub fn begin(target: &Path) -> io::Result<Self> {
        let partial = beside(target, ".partial");
        for _ in 0..TRIES {
            let Some(file) = open(&partial)? else {
                continue;
            };
            // It says that it would block if another process holds the lock.
            flock(&file, FlockOperation::NonBlockingLockExclusive)?;
            // Another one may have finished meanwhile: then this is the file that it replaced.
            let opened = file.metadata()?;
            let is_it =
                |there: &Metadata| (opened.dev(), opened.ino()) == (there.dev(), there.ino());
            if !partial.symlink_metadata().is_ok_and(|there| is_it(&there)) {
                continue;
            }
            file.set_permissions(Permissions::from_mode(0o600))?;
            for companion in COMPANIONS {
                remove(&beside(&partial, companion))?;
            }
            file.set_len(0)?;
            return Ok(Self {
                file,
                partial,
                target: target.to_owned(),
                is_finished: false,
            });
        }
        Err(ErrorKind::WouldBlock.into())
    }

    /// Returns where the file is until it is finished.
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// Returns all files that go with this one, which are removed if it is not finished.
    pub fn files(&self) -> Vec<PathBuf> {
        let companions = COMPANIONS.map(|companion| beside(&self.partial, companion));
        companions
            .into_iter()
            .chain([self.partial.clone()])
            .collect()
    }

    /// Puts the file where the other one is, once it is on the disk.
    ///
    /// # Errors
    ///
    /// Those of the system. If only the folder could not be flushed, the file is in its place.
    pub fn finish(mut self) -> io::Result<()> {
        self.keep_owner();
        self.file.sync_all()?;
        std::fs::rename(&self.partial, &self.target)?;
        self.is_finished = true;
        flush_folder(&self.target)
    }

    /// Gives the file to whose the other one is, if this is root: that user goes on with it.
    fn keep_owner(&self) {
        if let Ok(before) = self.target.symlink_metadata()
            && geteuid().is_root()
            && before.is_file()
        {
            // In a container not even root may do so everywhere.
            let _ = fchown(&self.file, Some(before.uid()), Some(before.gid()));
        }
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.is_finished {
            for file in self.files() {
                let _ = remove(&file);
            }
        }
    }
}

/// Makes a file, or opens that which is there; `None` if it is gone meanwhile. A link is not
/// followed, and a pipe that nobody reads not waited for.
fn open(partial: &Path) -> io::Result<Option<File>> {
    // On some file systems not even what this user makes belongs to this user.
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(partial)
    {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        made => return made.map(Some),
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = OpenOptions::new()
        .write(true)
        .custom_flags(flags.bits().cast_signed())
        .open(partial);
    let is_own_there = || partial.symlink_metadata().is_ok_and(|there| is_own(&there));
    match opened {
        Ok(file) if is_own(&file.metadata()?) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if is_own_there() => Err(error),
        _ => Err(not_own(partial)),
    }
}

/// Returns whether something is a file of this user, under this name alone: whoever put another
/// one there would read what is written, or have a file of somebody else emptied.
fn is_own(there: &Metadata) -> bool {
    there.is_file() && there.nlink() == 1 && there.uid() == geteuid().as_raw()
}

fn not_own(partial: &Path) -> io::Error {
    let message = format!(
        "{} is a link, no file or somebody else's: remove it, or use a folder into which nobody \
         else may write",
        partial.display()
    );
    io::Error::new(ErrorKind::AlreadyExists, message)
}

/// Flushes what files are in the folder of one.
///
/// # Errors
///
/// Those of the system.
pub fn flush_folder(of: &Path) -> io::Result<()> {
    File::open(folder_of(of))?.sync_all()
}

/// Returns the folder of a file.
pub fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Returns a path with an ending.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_not_finished_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "old").unwrap();
        let replacement = Replacement::begin(&path).unwrap();
        std::fs::write(replacement.path(), "new").unwrap();
        std::fs::write(beside(replacement.path(), "-journal"), "x").unwrap();
        drop(replacement);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn two_at_once_exclude_each_other_and_what_a_killed_one_left_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for left in ["a.partial", "a.partial-journal"] {
            std::fs::write(folder.path().join(left), "left").unwrap();
        }
        let one = Replacement::begin(&path).unwrap();
        assert_eq!(names(folder.path()), ["a.partial"]);
        assert_eq!(std::fs::read_to_string(one.path()).unwrap(), "");
        let mode = std::fs::metadata(one.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let other = Replacement::begin(&path).err().unwrap();
        assert_eq!(other.kind(), ErrorKind::WouldBlock);
        one.finish().unwrap();
        Replacement::begin(&path).unwrap().finish().unwrap();
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn what_root_replaces_stays_whose_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "old").unwrap();
        if std::os::unix::fs::chown(&path, Some(65_534), Some(65_534)).is_err() {
            eprintln!("skipped: this user is not root");
            return;
        }
        Replacement::begin(&path).unwrap().finish().unwrap();
        let now = path.metadata().unwrap();
        assert_eq!((now.uid(), now.gid()), (65_534, 65_534));
    }

    #[test]
    fn what_somebody_else_put_there_is_neither_written_nor_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let in_folder = |name: &str| folder.path().join(name);
        let other = in_folder("other");
        std::fs::write(&other, "of somebody else").unwrap();
        std::os::unix::fs::symlink(&other, in_folder("link.partial")).unwrap();
        std::os::unix::fs::symlink(in_folder("missing"), in_folder("loose.partial")).unwrap();
        std::fs::hard_link(&other, in_folder("hard.partial")).unwrap();
        std::fs::create_dir(in_folder("folder.partial")).unwrap();
        let pipe = Command::new("mkfifo")
            .arg(in_folder("pipe.partial"))
            .status();
        assert!(pipe.unwrap().success());
        let mut names = vec!["link", "loose", "hard", "folder", "pipe"];
        let owned = in_folder("owned.partial");
        std::fs::write(&owned, "left").unwrap();
        if std::os::unix::fs::chown(&owned, Some(65_534), None).is_ok() {
            names.push("owned");
        }
        for name in names {
            let refused = Replacement::begin(&in_folder(name)).err();
            let refused = refused.unwrap_or_else(|| panic!("{name} is taken"));
            assert_eq!(
                refused.kind(),
                ErrorKind::AlreadyExists,
                "{name}: {refused}"
            );
            assert!(refused.to_string().contains(name), "{refused}");
        }
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "of somebody else");
        assert!(!in_folder("missing").exists());
    }
}
