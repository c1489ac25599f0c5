//! How a command reaches the server that uses a SQLite file, which only one process may
//! write: through a socket beside the file, which only the server's own user and root may
//! use. On PostgreSQL a command is a node like any other, and needs no socket.
//!
//! A request is a few lines, the first of which says what is asked for; then the client
//! ends its side. The answer is one line.

pub mod client;
pub mod desk;
mod handed;
pub mod served;
pub mod server;

use apikey_domain::identity::password::PasswordHash;
use apikey_http::ExplainBody;
pub use handed::Handed;
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

/// The maximum length of a request and of an answer in bytes.
const LONGEST: u64 = 4_194_304;
/// How long the path of a socket may be on every system.
const LONGEST_PATH: usize = 100;
/// The first line of the request for a new password.
const RESET_PASSWORD: &str = "reset-password 1";
/// The first line of the request for an explanation.
const EXPLAIN_KEY: &str = "explain-key 1";

/// The request to read the pepper again.
const RELOAD_PEPPERS: &str = "reload-peppers 1";
/// The request for what is known of the peppers.
const PEPPERS: &str = "peppers 1";

/// The request for a session of a platform admin.
const OPERATOR_SESSION: &str = "operator-session 1";
/// The request for a platform admin where there is none.
const NEW_ADMINISTRATOR: &str = "new-administrator 1";

/// The first line of the request for the import of some rows.
const IMPORT: &str = "import 1";

/// What a command asks for.
pub enum Request {
    /// A new password.
    NewPassword(NewPassword),
    /// Why a key would be refused.
    ExplainKey(KeyQuestion),
    /// The import of some rows, as JSON in one line.
    Import(String),
    /// That the pepper be read again.
    ReloadPeppers,
    /// Which peppers there are.
    Peppers,
    /// A session of the platform admin of this name, or else of the first one.
    OperatorSession(Option<String>),
    /// A platform admin, if there is none.
    NewAdministrator(NewPassword),
}

/// A request for a new password.
pub struct NewPassword {
    /// The name of the user.
    pub username: String,
    /// The hash of the password.
    pub hash: PasswordHash,
}

/// A question about a key.
#[derive(Deserialize, Serialize)]
pub struct KeyQuestion {
    /// The id of the key.
    pub id: i64,
    /// What it is to be used for, and when.
    pub asked: ExplainBody,
}

/// A pepper that a database knows of.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct PepperLine {
    /// Its id.
    pub id: String,
    /// Whether it computes what is new.
    pub is_newest: bool,
    /// When it became the newest; `None` if it never was.
    pub registered_at: Option<String>,
    /// How many secrets of keys have a digest under it.
    pub digests: u64,
    /// Whether it is among those of whoever asks, who knows that.
    #[serde(default)]
    pub is_given: bool,
}

/// What came of a request.
#[derive(Debug)]
pub enum Answer {
    /// It is done; whether the user may sign in.
    Done {
        /// Whether the user is active.
        is_active: bool,
    },
    /// No user has that name.
    NoSuchUser,
    /// No key has that id.
    NoSuchKey,
    /// Why a key would be refused, as JSON in one line.
    Explained(String),
    /// What became of the rows of an import, as JSON in one line.
    Imported(String),
    /// The pepper was read again; the ids of the peppers in use.
    Reloaded(String),
    /// The peppers, as JSON in one line.
    Peppers(String),
    /// A session of a platform admin.
    Session(Handed),
    /// Nobody may administer the platform.
    NoAdministrator,
    /// The service refused it.
    Refused(String),
    /// It was not done, or it is not known whether.
    Failed(String),
}

/// The path of a socket, short enough for the system.
struct SocketPath {
    path: PathBuf,
    /// The folder, while the path leads through it.
    _folder: Option<File>,
}

// === impl Request ===

impl Request {
    fn to_text(&self) -> anyhow::Result<String> {
        Ok(match self {
            Self::NewPassword(NewPassword { username, hash }) => {
                format!("{RESET_PASSWORD}\n{username}\n{}\n", hash.as_str())
            }
            Self::ReloadPeppers => format!("{RELOAD_PEPPERS}\n"),
            Self::Peppers => format!("{PEPPERS}\n"),
            Self::OperatorSession(name) => {
                format!(
                    "{OPERATOR_SESSION}\n{}\n",
                    name.as_deref().unwrap_or_default()
                )
            }
            Self::NewAdministrator(NewPassword { username, hash }) => {
                format!("{NEW_ADMINISTRATOR}\n{username}\n{}\n", hash.as_str())
            }
            Self::Import(batch) => format!("{IMPORT}\n{batch}\n"),
            Self::ExplainKey(question) => {
                format!("{EXPLAIN_KEY}\n{}\n", serde_json::to_string(question)?)
            }
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.strip_suffix('\n')?.split('\n').collect();
        match lines[..] {
            [RESET_PASSWORD, username, hash] if hash.starts_with('$') => {
                Some(Self::NewPassword(NewPassword {
                    username: username.to_owned(),
                    hash: PasswordHash::new(hash),
                }))
            }
            [NEW_ADMINISTRATOR, username, hash] if hash.starts_with('$') => {
                Some(Self::NewAdministrator(NewPassword {
                    username: username.to_owned(),
                    hash: PasswordHash::new(hash),
                }))
            }
            [OPERATOR_SESSION, ""] => Some(Self::OperatorSession(None)),
            [OPERATOR_SESSION, name] => Some(Self::OperatorSession(Some(name.to_owned()))),
            [RELOAD_PEPPERS] => Some(Self::ReloadPeppers),
            [PEPPERS] => Some(Self::Peppers),
            [IMPORT, batch] => Some(Self::Import(batch.to_owned())),
            [EXPLAIN_KEY, question] => serde_json::from_str(question).map(Self::ExplainKey).ok(),
            _ => None,
        }
    }
}

// === impl Answer ===

impl Answer {
    fn to_text(&self) -> String {
        match self {
            Self::Done { is_active: true } => "active\n".to_owned(),
            Self::Done { is_active: false } => "deactivated\n".to_owned(),
            Self::NoSuchUser => "no such user\n".to_owned(),
            Self::NoSuchKey => "no such key\n".to_owned(),
            Self::Explained(json) => format!("explained {json}\n"),
            Self::Imported(json) => format!("imported {json}\n"),
            Self::Reloaded(ids) => format!("reloaded {ids}\n"),
            Self::Peppers(json) => format!("peppers {json}\n"),
            Self::Session(handed) => format!("session {}\n", handed.to_text().as_str()),
            Self::NoAdministrator => "no administrator\n".to_owned(),
            Self::Refused(cause) => format!("refused {}\n", cause.replace('\n', " ")),
            Self::Failed(cause) => format!("failed {}\n", cause.replace('\n', " ")),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text.strip_suffix('\n')? {
            "active" => Self::Done { is_active: true },
            "deactivated" => Self::Done { is_active: false },
            "no such user" => Self::NoSuchUser,
            "no such key" => Self::NoSuchKey,
            "no administrator" => Self::NoAdministrator,
            other => match other.split_once(' ')? {
                ("explained", json) => Self::Explained(json.to_owned()),
                ("imported", json) => Self::Imported(json.to_owned()),
                ("reloaded", ids) => Self::Reloaded(ids.to_owned()),
                ("peppers", json) => Self::Peppers(json.to_owned()),
                ("session", rest) => Self::Session(Handed::parse(rest)?),
                ("refused", cause) => Self::Refused(cause.to_owned()),
                ("failed", cause) => Self::Failed(cause.to_owned()),
                _ => return None,
            },
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
    use apikey_domain::identity::session::SessionToken;

    #[test]
    fn what_is_written_is_read() {
        for answer in [
            Answer::Done { is_active: true },
            Answer::Done { is_active: false },
            Answer::NoSuchUser,
            Answer::NoSuchKey,
            Answer::Explained("{\"valid\":true}".to_owned()),
            Answer::Imported("{\"done\":[]}".to_owned()),
            Answer::Reloaded("01020304,05060708".to_owned()),
            Answer::Peppers("[]".to_owned()),
            Answer::Session(Handed {
                address: ([127, 0, 0, 1], 8080).into(),
                token: SessionToken::parse(&"0b".repeat(32)).unwrap(),
            }),
            Answer::NoAdministrator,
            Answer::Refused("not you".to_owned()),
            Answer::Failed("too bad".to_owned()),
        ] {
            let text = answer.to_text();
            assert_eq!(Answer::parse(&text).unwrap().to_text(), text);
        }
        let password = Request::NewPassword(NewPassword {
            username: "al ice".to_owned(),
            hash: PasswordHash::new("$argon2id$x"),
        });
        let asked = ExplainBody {
            model: Some("two\nlines".to_owned()),
            ..ExplainBody::default()
        };
        let question = Request::ExplainKey(KeyQuestion { id: 7, asked });
        let import = Request::Import("{}".to_owned());
        let (reload, peppers) = (Request::ReloadPeppers, Request::Peppers);
        let administrator = Request::NewAdministrator(NewPassword {
            username: "root".to_owned(),
            hash: PasswordHash::new("$argon2id$x"),
        });
        let named = Request::OperatorSession(Some("al ice".to_owned()));
        let first = Request::OperatorSession(None);
        let sessions = [administrator, named, first];
        let others = [password, question, import, reload, peppers];
        for request in others.into_iter().chain(sessions) {
            let text = request.to_text().unwrap();
            let read = Request::parse(&text).unwrap();
            assert_eq!(read.to_text().unwrap(), text);
        }
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
            "explain-key 1\n{}\n",
            "explain-key 1\n{\"id\":7,\"asked\":{\"scopes\":\"*\"}}\n",
        ] {
            assert!(Request::parse(text).is_none(), "{text:?}");
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
