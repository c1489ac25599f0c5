//! What operators see, and where.

use super::group::settings;
use crate::config::{
    choice::AccessLogChoice,
    secret_path,
    setting::{flag, shown_as},
    values,
};
use apikey_http::AccessLog;
use std::{net::SocketAddr, path::PathBuf};

settings! {
    /// What operators see, and where.
    pub struct Observation {
        /// An address that has GET /metrics and nothing else; the main one then has none
        metrics_listen: Option<SocketAddr> = flag("ADDRESS:PORT", values::listen)
            .or_none("the address of the server")
            .rule(
                "an address and a port that have `GET /metrics` and nothing else; see \
                 [below](#metrics)",
            );

        /// A file with a token that opens GET /metrics and nothing else
        metrics_token_file: Option<PathBuf> = shown_as("PATH", values::path, |path| secret_path::shown(path))
            .or_none("none")
            .rule(
                "a file with a token of 16 to 512 letters, digits and `-._~+/=`, which opens \
                 `GET /metrics` and nothing else; see [below](#metrics)",
            );

        /// A file to which each event of the record is written as a line of JSON
        audit_log: Option<PathBuf> = shown_as("PATH", values::path, |path| path.display().to_string())
            .or_none("none")
            .rule(
                "a file to which each event is written as a line of JSON; see \
                 [below](#the-audit-log)",
            );

        /// Of which requests the log has a line
        access_log: AccessLogChoice = flag("CHOICE", values::choice)
            .default("management")
            .choices(values::words::<AccessLogChoice>)
            .rule(
                "`off`, `management` or `all`: of which requests the log has \
                 [a line](#a-line-for-each-request)",
            );
    }
}

// === impl Observation ===

impl Observation {
    /// Returns of which requests the log has a line.
    pub fn access_log(&self) -> AccessLog {
        match self.access_log {
            AccessLogChoice::Off => AccessLog::Off,
            AccessLogChoice::Management => AccessLog::Management,
            AccessLogChoice::All => AccessLog::All,
        }
    }
}
