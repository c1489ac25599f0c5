//! The validated configuration.

use super::{
    choice::{BootstrapPassword, LogFormat, PepperSource},
    keep_ended::KeepEnded,
    observation::Observation,
    on_database_loss::OnDatabaseLoss,
    retention::Retention,
};
use crate::prune::Pruning;
use apikey_diesel::{ClusterSettings, DatabaseUrl};
use apikey_domain::{
    access::{policy::KeyPolicies, quota::Quotas},
    change::notice::ExpiryNotices,
    identity::session::SessionLifetime,
    key::token::KeyPrefix,
};
use apikey_http::{ClientAddressHeader, KeyHeaders, connection::TrustedProxies};
use std::{
    fmt::{Display, Formatter},
    net::SocketAddr,
    num::{NonZeroU16, NonZeroU64},
    path::PathBuf,
};

/// The name of the pepper file in the data directory.
pub const PEPPER_FILE: &str = "pepper";

/// The validated configuration.
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The database.
    pub database_url: DatabaseUrl,
    /// The maximum number of connections to PostgreSQL.
    pub database_connections: usize,
    /// The directory for the pepper and the initial password.
    pub data_dir: PathBuf,
    /// The prefix of generated keys.
    pub key_prefix: KeyPrefix,
    /// Who may do what with keys.
    pub policy: KeyPolicies,
    /// The headers in which `/auth/verify` reads the key.
    pub key_headers: KeyHeaders,
    /// Where the pepper comes from.
    pub pepper: PepperSource,
    /// The password of the first administrator.
    pub bootstrap_password: Option<BootstrapPassword>,
    /// The number of threads that handle requests.
    pub workers: usize,
    /// The maximum number of connections; `None` for what the limit of open files
    /// allows.
    pub max_connections: Option<usize>,
    /// The maximum number of connections from one address; `None` for half of all.
    pub max_connections_per_address: Option<usize>,
    /// How many lists of one user are read at once; `None` for half of those that are.
    pub lists_per_user: Option<usize>,
    /// How many watches one user may have at once.
    pub watches_per_user: usize,
    /// How many watches there may be at once on behalf of one organization.
    pub watches_per_organization: usize,
    /// What each user and organization may have and change.
    pub quotas: Quotas,
    /// How long sessions last.
    pub session_lifetime: SessionLifetime,
    /// From where any number of connections may come, and who is believed what they say of
    /// their clients.
    pub trusted_proxies: TrustedProxies,
    /// Where these say which address asked them; `None` to read it nowhere.
    pub client_address_header: Option<ClientAddressHeader>,
    /// The size of the verification cache in bytes.
    pub cache_bytes: u64,
    /// Whether metrics are enabled.
    pub has_metrics: bool,
    /// What operators see, and where.
    pub observation: Observation,
    /// How nodes coordinate, on PostgreSQL.
    pub cluster: ClusterSettings,
    /// Which events are deleted.
    pub pruning: Pruning,
    /// How many days before its expiry notices of a key are given.
    pub expiry_notices: ExpiryNotices,
    /// How many days a key is kept after it ended; `None` for as long as nobody deletes it.
    pub keep_ended: Option<NonZeroU16>,
    /// The format of the log.
    pub log_format: LogFormat,
    /// The log filter, as directives of tracing.
    pub log_filter: String,
    /// What is to be said of the settings: which are none, and which have no effect.
    pub notices: Vec<String>,
}

/// Writes one setting per line, with secrets redacted.
impl Display for Config {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let pepper = match &self.pepper {
            PepperSource::Given(_) => "(set, redacted)".to_owned(),
            PepperSource::File(path, _) => format!("(in {})", path.display()),
            PepperSource::DataDir => {
                format!("(in {})", self.data_dir.join(PEPPER_FILE).display())
            }
        };
        let password = match &self.bootstrap_password {
            Some(BootstrapPassword {
                file: Some(path), ..
            }) => format!("(in {})", path.display()),
            Some(_) => "(set, redacted)".to_owned(),
            None => "(not set)".to_owned(),
        };
        let metrics = if self.has_metrics { "on" } else { "off" };
        let Observation {
            metrics_listen,
            metrics_token,
            access_log,
        } = &self.observation;
        let metrics_listen = metrics_listen.map_or_else(
            || "(the address of the server)".to_owned(),
            |address| address.to_string(),
        );
        let metrics_token = metrics_token.as_ref().map_or_else(
            || "(none)".to_owned(),
            |(path, _)| path.display().to_string(),
        );
        let access_log = format!("{access_log:?}").to_lowercase();
        let feed = if self.cluster.listens {
            "listen"
        } else {
            "poll"
        };
        let or = |number: Option<usize>, default: &str| {
            number.map_or_else(|| default.to_owned(), |number| number.to_string())
        };
        let connections = or(
            self.max_connections,
            "(what the limit of open files allows)",
        );
        let per_address = or(self.max_connections_per_address, "(half of all)");
        let lists_per_user = or(self.lists_per_user, "(half of those at once)");
        let proxies = match self.trusted_proxies.to_string() {
            none if none.is_empty() => "(none)".to_owned(),
            proxies => proxies,
        };
        let client_address_header = self.client_address_header;
        let client_address_header =
            client_address_header.map_or_else(|| "(none)".to_owned(), |header| header.to_string());
        let unbounded = |quota: Option<NonZeroU64>| {
            quota.map_or_else(|| "(any number)".to_owned(), |number| number.to_string())
        };
        let Quotas {
            keys,
            changes,
            event_bytes,
        } = self.quotas;
        let lines: [(&str, &dyn Display); 38] = [
            ("listen", &self.listen),
            ("database-url", &format!("{:?}", self.database_url)),
            ("database-connections", &self.database_connections),
            ("data-dir", &self.data_dir.display()),
            ("key-prefix", &self.key_prefix.as_str()),
            ("policy", &self.policy),
            ("key-headers", &self.key_headers),
            ("pepper", &pepper),
            ("bootstrap-password", &password),
            ("workers", &self.workers),
            ("max-connections", &connections),
            ("max-connections-per-address", &per_address),
            ("trusted-proxies", &proxies),
            ("client-address-header", &client_address_header),
            ("lists-per-user", &lists_per_user),
            ("watches-per-user", &self.watches_per_user),
            ("watches-per-organization", &self.watches_per_organization),
            ("keys-per-user", &unbounded(keys.per_user)),
            ("keys-per-organization", &unbounded(keys.per_organization)),
            ("changes-per-user", &unbounded(changes.per_user)),
            (
                "changes-per-organization",
                &unbounded(changes.per_organization),
            ),
            ("event-bytes-per-user", &unbounded(event_bytes.per_user)),
            (
                "event-bytes-per-organization",
                &unbounded(event_bytes.per_organization),
            ),
            (
                "session-idle",
                &Retention::of_seconds(self.session_lifetime.idle_seconds()),
            ),
            (
                "session-lifetime",
                &Retention::of_seconds(self.session_lifetime.whole_seconds()),
            ),
            ("cache-bytes", &self.cache_bytes),
            ("metrics", &metrics),
            ("metrics-listen", &metrics_listen),
            ("metrics-token-file", &metrics_token),
            ("access-log", &access_log),
            ("feed", &feed),
            ("on-database-loss", &OnDatabaseLoss(self.cluster.stale)),
            ("event-retention", &Retention(self.pruning.retention)),
            ("event-prune-percent", &self.pruning.percent),
            ("expiry-notices", &self.expiry_notices),
            ("keep-ended", &KeepEnded(self.keep_ended)),
            ("log-format", &format!("{:?}", self.log_format)),
            ("log", &self.log_filter),
        ];
        for (name, value) in lines {
            writeln!(formatter, "{name:<27} = {value}")?;
        }
        Ok(())
    }
}
