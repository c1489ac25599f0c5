//! The validated configuration.

use super::{
    choice::{BootstrapPassword, PepperSource},
    declared::{Bounds, Database, Keys, Network, Observation, Program, Records},
    effective::Effective,
};
use apikey_diesel::DatabaseUrl;
use apikey_domain::identity::session::SessionLifetime;
use apikey_http::MetricsToken;
use std::{
    fmt::{Display, Formatter},
    path::PathBuf,
};
use zeroize::Zeroizing;

/// The name of the pepper file in the data directory.
pub const PEPPER_FILE: &str = "pepper";

/// The validated configuration.
pub struct Config {
    /// Where requests come from.
    pub network: Network,
    /// Where the database is.
    pub database_url: DatabaseUrl,
    /// The file that its URL comes from, if it comes from one.
    pub database_url_file: Option<PathBuf>,
    /// How the database is used.
    pub database: Database,
    /// Where the pepper comes from.
    pub pepper: PepperSource,
    /// The password of the first administrator.
    pub bootstrap_password: Option<BootstrapPassword>,
    /// What keys look like, and who may do what with them.
    pub keys: Keys,
    /// What each user and organization may have and change.
    pub bounds: Bounds,
    /// How long sessions and events are kept.
    pub records: Records,
    /// How long sessions last, of these.
    pub session_lifetime: SessionLifetime,
    /// What operators see, and where.
    pub observation: Observation,
    /// What opens the metrics, of these.
    pub metrics_token: Option<MetricsToken>,
    /// The program itself.
    pub program: Program,
    /// The key with which a command signs in at a server.
    pub api_key: Option<Zeroizing<String>>,
    /// What is to be said of the settings: which are none, and which have no effect.
    pub notices: Vec<String>,
    /// What holds of each setting, secrets redacted.
    pub(super) effective: Vec<Effective>,
}

/// Writes one setting per line, with where it comes from.
impl Display for Config {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        for Effective {
            name,
            value,
            source,
            ..
        } in &self.effective
        {
            writeln!(formatter, "{name:<28} = {value}  # {source}")?;
        }
        Ok(())
    }
}
