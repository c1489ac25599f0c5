//! How a command reaches the server that uses a SQLite file, which only one process may
//! write: through a socket beside the file, which only the server's own user and root may
//! use. On PostgreSQL a command is a node like any other, and needs no socket.
//!
//! A request is a few lines, the first of which says what is asked for; then the client
//! ends its side. The answer is one line.

pub mod client;
pub mod server;

use apikey_domain::identity::password::PasswordHash;
use std::{
    fs::File,
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

/// The maximum length of a request and of an answer in bytes.
const LONGEST: u64 = 16_384;
/// How long the path of a socket may be on every system.
const LONGEST_PATH: usize = 100;
/// The first line of the request for a new password.
const RESET_PASSWORD: &str = "reset-password 1";

/// A request for a new password.
pub struct NewPassword {
    /// The name of the user.
    pub username: String,
    /// The hash of the password.
    pub hash: PasswordHash,
}

/// What came of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done; whether the user may sign in.
    Done {
        /// Whether the user is active.
        is_active: bool,
    },
    /// No user has that name.
    NoSuchUser,
    /// It was not done, or it is not known whether.
    Failed(String),
}

/// The path of a socket, short enough for the system.
struct SocketPath {
    path: PathBuf,
    /// The folder, while the path leads through it.
    _folder: Option<File>,
}

// === impl NewPassword ===

impl NewPassword {
    fn to_text(&self) -> String {
        format!(
            "{RESET_PASSWORD}\n{}\n{}\n",
            self.username,
            self.hash.as_str()
        )
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        let (request, username, hash) = (lines.next()?, lines.next()?, lines.next()?);
        let is_whole = request == RESET_PASSWORD && lines.eq([""]) && hash.starts_with('$');
        is_whole.then(|| Self {
            username: username.to_owned(),
            hash: PasswordHash::new(hash),
        })
    }
}

// === impl Answer ===

impl Answer {
    fn to_text(&self) -> String {
        match self {
            Self::Done { is_active: true } => "active\n".to_owned(),
            Self::Done { is_active: false } => "deactivated\n".to_owned(),
            Self::NoSuchUser => "no such user\n".to_owned(),
            Self::Failed(cause) => format!("failed {}\n", cause.replace('\n', " ")),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text.strip_suffix('\n')? {
            "active" => Self::Done { is_active: true },
            "deactivated" => Self::Done { is_active: false },
            "no such user" => Self::NoSuchUser,
            other => Self::Failed(other.strip_prefix("failed ")?.to_owned()),
        })
    }
}

// === impl SocketPath ===

impl SocketPath {
    /// Returns the path of the socket beside a database file that exists.
    fn beside(database: &Path) -> io::Result<Self> {
        // Several paths to one file must lead to one socket.
        let database = database.canonicalize()?;
        let mut name = database.file_name().unwrap_or_default().to_owned();
        name.push(".socket");
        let whole = database.with_file_name(&name);
        if whole.as_os_str().len() <= LONGEST_PATH {
            return Ok(Self {
                path: whole,
                _folder: None,
            });
        }
        let folder = File::open(database.parent().unwrap_or(Path::new("/")))?;
        let short = format!("/proc/self/fd/{}", folder.as_raw_fd());
        Ok(Self {
            path: Path::new(&short).join(name),
            _folder: Some(folder),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for answer in [
            Answer::Done { is_active: true },
            Answer::Done { is_active: false },
            Answer::NoSuchUser,
            Answer::Failed("too bad".to_owned()),
        ] {
            assert_eq!(Answer::parse(&answer.to_text()), Some(answer));
        }
        let request = NewPassword {
            username: "al ice".to_owned(),
            hash: PasswordHash::new("$argon2id$x"),
        };
        let read = NewPassword::parse(&request.to_text()).unwrap();
        assert_eq!((read.username, read.hash), (request.username, request.hash));
    }

    #[test]
    fn a_request_that_is_not_whole_is_none() {
        for text in [
            "",
            "reset-password 1\nalice\n$hash",
            "reset-password 1\nalice\n",
            "reset-password 1\nalice\nhash\n",
            "reset-password 1\nalice\n$hash\nmore\n",
            "reset-password 2\nalice\n$hash\n",
        ] {
            assert!(NewPassword::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn the_path_of_a_socket_is_short() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d".repeat(200));
        std::fs::create_dir(&deep).unwrap();
        for folder in [folder.path(), &deep] {
            let database = folder.join("apikey.db");
            std::fs::write(&database, "").unwrap();
            let socket = SocketPath::beside(&database).unwrap();
            assert!(socket.path.as_os_str().len() <= LONGEST_PATH);
            let _listener = std::os::unix::net::UnixListener::bind(&socket.path).unwrap();
            assert!(folder.join("apikey.db.socket").exists());
        }
    }
}
