//! Credentials for the fuzz targets.

use super::credentials::Credentials;
use crate::fuzzing::headers::headers;

/// The credentials that identify a caller.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// A username and a password.
    Password(String, String),
    /// What the cookie of a session holds.
    Session(String),
    /// A cookie that cannot be read.
    UnreadableSession,
    /// A key.
    Key(String),
    /// A password that cannot be read.
    UnreadablePassword,
    /// A key that cannot be read.
    UnreadableKey,
    /// Nothing.
    None,
}

/// Reads the credentials of a request; `None` if no request can have such headers.
pub fn credentials(fields: &[(&str, &[u8])]) -> Option<Reading> {
    let headers = headers(fields)?;
    Some(match Credentials::of(&headers) {
        Credentials::Password { username, password } => {
            Reading::Password(username, password.expose().to_owned())
        }
        Credentials::Session(text) => Reading::Session(text.to_owned()),
        Credentials::UnreadableSession => Reading::UnreadableSession,
        Credentials::Key(key) => Reading::Key(key.to_owned()),
        Credentials::UnreadablePassword => Reading::UnreadablePassword,
        Credentials::UnreadableKey => Reading::UnreadableKey,
        Credentials::None => Reading::None,
    })
}
