//! The file of the audit log.

use apikey_commands::replacement::folder_of;
use rustix::fs::{Access, access};
use std::{
    fs::{File, Metadata, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Who may read a file that is made.
const MODE: u32 = 0o600;
/// In how much of the end of a file its last line is looked for: more than a line has.
const LONGEST_LINE: u64 = 1_024 * 1_024;

/// A file to whose end lines are written, by this process alone.
pub(super) struct AuditFile {
    path: PathBuf,
    file: Arc<File>,
}

// === impl AuditFile ===

impl AuditFile {
    /// Opens or makes the file, and returns its last line, if it has one. What was not
    /// written to the end of its line is cut.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Option<String>)> {
        let file = open(path)?;
        let last = last_line(&file)?;
        let file = Self {
            path: path.to_owned(),
            file: Arc::new(file),
        };
        Ok((file, last))
    }

    /// Returns a file that takes nothing because its device is full.
    #[cfg(test)]
    pub(super) fn full(path: &Path) -> Self {
        let device = OpenOptions::new().read(true).append(true).open("/dev/full");
        Self {
            path: path.to_owned(),
            file: Arc::new(device.unwrap()),
        }
    }

    /// Writes lines at the end of the file: all of them, or none.
    pub(super) async fn append(&mut self, text: &str) -> io::Result<()> {
        let (file, text) = (Arc::clone(&self.file), text.to_owned());
        on_its_own(move || append(&file, &text)).await
    }

    /// Opens what is at the path now, if that is another file. Returns whether it is.
    pub(super) async fn reopen(&mut self) -> io::Result<bool> {
        let (file, path) = (Arc::clone(&self.file), self.path.clone());
        let opened = on_its_own(move || reopen(&file, &path)).await?;
        let Some(file) = opened else {
            return Ok(false);
        };
        self.file = Arc::new(file);
        Ok(true)
    }
}

/// Returns the last line of a file that could be opened, if it has one. Nothing is changed.
pub(super) fn look(path: &Path) -> io::Result<Option<String>> {
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            access(folder_of(path), Access::WRITE_OK)?;
            Ok(None)
        }
        Err(error) => Err(error),
        Ok(found) if !found.is_file() => Err(no_file()),
        Ok(_) => {
            access(path, Access::WRITE_OK)?;
            Ok(tail(&File::open(path)?)?.line)
        }
    }
}

/// Runs what may take long on a thread that may block.
async fn on_its_own<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(io::Error::other(error)))
}

fn open(path: &Path) -> io::Result<File> {
    // To open a pipe could take for ever.
    if path.metadata().is_ok_and(|found| !found.is_file()) {
        return Err(no_file());
    }
    let mut options = OpenOptions::new();
    let options = options.read(true).append(true).create(true).mode(MODE);
    let file = options.open(path)?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::Error::other("another process writes it"),
        TryLockError::Error(error) => error,
    })?;
    Ok(file)
}

fn no_file() -> io::Error {
    io::Error::other("it is not a file")
}

fn reopen(now: &File, path: &Path) -> io::Result<Option<File>> {
    let is_same = |other: &Metadata| -> io::Result<bool> {
        let mine = now.metadata()?;
        Ok((mine.dev(), mine.ino()) == (other.dev(), other.ino()))
    };
    if let Ok(found) = path.metadata()
        && is_same(&found)?
    {
        return Ok(None);
    }
    let file = open(path)?;
    if let Some(line) = last_line(&file)?
        && super::line::position(&line).is_none()
    {
        return Err(io::Error::other(
            "it does not end with a line of an audit log",
        ));
    }
    Ok(Some(file))
}

/// What is at the end of a file.
struct Tail {
    /// The last line; nothing of an empty file.
    line: Option<String>,
    /// Where the file is to be cut, as far as it is an audit log.
    cut: Option<u64>,
}

/// Returns the last line, and cuts what comes behind it.
fn last_line(file: &File) -> io::Result<Option<String>> {
    let Tail { line, cut } = tail(file)?;
    if let Some(length) = cut {
        file.set_len(length)?;
    }
    Ok(line)
}

fn tail(mut file: &File) -> io::Result<Tail> {
    let length = file.metadata()?.len();
    let begin = length.saturating_sub(LONGEST_LINE);
    file.seek(SeekFrom::Start(begin))?;
    let mut bytes = Vec::new();
    file.take(LONGEST_LINE).read_to_end(&mut bytes)?;
    let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
        // The first line was not written to its end; or it is anything else.
        let is_begun = super::line::is_begun(&bytes);
        return Ok(Tail {
            line: (!is_begun).then(String::new),
            cut: (is_begun && length > 0).then_some(0),
        });
    };
    let before = &bytes[..end];
    let line = before.rsplit(|byte| *byte == b'\n').next();
    let line = String::from_utf8_lossy(line.unwrap_or_default()).into_owned();
    let whole = begin + end as u64 + 1;
    // Of a file that is something else nothing is cut.
    let is_cut = whole < length && super::line::position(&line).is_some();
    Ok(Tail {
        line: Some(line),
        cut: is_cut.then_some(whole),
    })
}

fn append(mut file: &File, text: &str) -> io::Result<()> {
    let before = file.metadata()?.len();
    let written = file.write_all(text.as_bytes());
    if written.is_err() && file.metadata().is_ok_and(|now| now.len() > before) {
        // What was written of it would be written again.
        file.set_len(before)?;
    }
    written
}
