//! The flags about what operators see.

use super::{
    environment,
    observation::Observation,
    refused::{NOT_SHOWN, Refused},
};
use apikey_http::{AccessLog, MetricsToken};
use clap::{Args, ValueEnum};
use std::{net::SocketAddr, path::PathBuf};

/// The flags about what operators see.
#[derive(Args)]
pub(super) struct ObservationFlags {
    /// An address that has GET /metrics and nothing else; the main one then has none
    #[arg(long, global = true, env = "APIKEY_METRICS_LISTEN")]
    #[arg(value_name = "ADDRESS:PORT", value_parser = super::values::listen)]
    metrics_listen: Option<SocketAddr>,

    /// A file with a token that opens GET /metrics and nothing else
    #[arg(long, global = true, env = "APIKEY_METRICS_TOKEN_FILE")]
    #[arg(value_name = "PATH")]
    metrics_token_file: Option<PathBuf>,

    /// Of which requests the log has a line
    #[arg(
        long,
        global = true,
        env = "APIKEY_ACCESS_LOG",
        default_value = "management"
    )]
    #[arg(value_name = "CHOICE")]
    access_log: AccessLogChoice,
}

/// Of which requests the log has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AccessLogChoice {
    /// Of none.
    Off,
    /// Of all but verifications, probes and the metrics; of these if the server failed.
    Management,
    /// Of all.
    All,
}

// === impl ObservationFlags ===

impl ObservationFlags {
    /// Returns what these flags set, after the token was read.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the file cannot be read, or has no token.
    pub(super) fn read(self) -> Result<Observation, Refused> {
        let token = self.metrics_token_file.map(|path| {
            let setting = "--metrics-token-file".to_owned();
            let secret = environment::from_file(setting, path.into_os_string())?;
            let token = MetricsToken::parse(&secret.text);
            let token =
                token.map_err(|expected| secret.refused(format!("in the file, {expected}")))?;
            Ok((secret.file.unwrap_or_else(|| NOT_SHOWN.into()), token))
        });
        Ok(Observation {
            metrics_listen: self.metrics_listen,
            metrics_token: token.transpose()?,
            access_log: match self.access_log {
                AccessLogChoice::Off => AccessLog::Off,
                AccessLogChoice::Management => AccessLog::Management,
                AccessLogChoice::All => AccessLog::All,
            },
        })
    }
}
