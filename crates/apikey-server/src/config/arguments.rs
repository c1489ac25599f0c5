//! The command line.

use super::{
    choice::{Command, FeedMode, LogFormat, PepperSource, Switch},
    environment::Environment,
    key_headers::KeyHeadersFlag,
    on_database_loss::OnDatabaseLoss,
    refused::Refused,
    retention::Retention,
    settings::Config,
};
use crate::prune::Pruning;
use apikey_diesel::{ClusterSettings, DEFAULT_CONNECTIONS, DatabaseUrl};
use apikey_domain::key::token::KeyPrefix;
use apikey_http::connection::{MAX_WORKERS, TrustedProxies};
use clap::{Args, Parser};
use std::{ffi::OsString, io::IsTerminal, net::SocketAddr, path::PathBuf};

#[derive(Parser)]
#[command(
    name = "apikey-server",
    version,
    about = "API keys as a service.",
    after_help = "Also read from the environment: APIKEY_PEPPER or APIKEY_PEPPER_FILE, \
                  APIKEY_BOOTSTRAP_PASSWORD, APIKEY_LOG."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Args)]
struct Flags {
    /// The address to listen on
    #[arg(
        long,
        global = true,
        env = "APIKEY_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    #[arg(value_name = "ADDRESS:PORT", value_parser = listen)]
    listen: SocketAddr,

    /// The database: sqlite://{path} or postgres://... [default: sqlite://{data-dir}/apikey.db]
    #[arg(
        long,
        global = true,
        env = "APIKEY_DATABASE_URL",
        hide_env_values = true
    )]
    #[arg(value_name = "URL")]
    database_url: Option<String>,

    /// The folder for the pepper and the first administrator's password
    #[arg(long, global = true, env = "APIKEY_DATA_DIR", default_value = "data")]
    #[arg(value_name = "PATH")]
    data_dir: PathBuf,

    /// The prefix of generated keys: 1 to 32 letters and digits
    #[arg(
        long,
        global = true,
        env = "APIKEY_KEY_PREFIX",
        default_value = "gpustack"
    )]
    #[arg(value_name = "PREFIX", value_parser = key_prefix)]
    key_prefix: KeyPrefix,

    #[command(flatten)]
    key_headers: KeyHeadersFlag,

    /// The number of threads that answer requests [default: the number of cores]
    #[arg(long, global = true, env = "APIKEY_WORKERS")]
    #[arg(value_name = "NUMBER", value_parser = workers)]
    workers: Option<usize>,

    /// The maximum number of connections [default: what the limit of open files allows]
    #[arg(long, global = true, env = "APIKEY_MAX_CONNECTIONS")]
    #[arg(value_name = "NUMBER", value_parser = connections)]
    max_connections: Option<usize>,

    /// The maximum number of connections from one address [default: half of all]
    #[arg(long, global = true, env = "APIKEY_MAX_CONNECTIONS_PER_ADDRESS")]
    #[arg(value_name = "NUMBER", value_parser = connections)]
    max_connections_per_address: Option<usize>,

    /// From where any number of connections may come: addresses and networks
    #[arg(long, global = true, env = "APIKEY_TRUSTED_PROXIES")]
    #[arg(value_name = "LIST")]
    trusted_proxies: Option<TrustedProxies>,

    /// The size of the verification cache in bytes, from 1048576
    #[arg(
        long,
        global = true,
        env = "APIKEY_CACHE_BYTES",
        default_value = "268435456"
    )]
    #[arg(value_name = "BYTES", value_parser = cache_bytes)]
    cache_bytes: u64,

    /// Whether to count verifications and serve GET /metrics
    #[arg(long, global = true, env = "APIKEY_METRICS", default_value = "on")]
    #[arg(value_name = "SWITCH")]
    metrics: Switch,

    /// How a server learns of changes made by other servers on one PostgreSQL database
    #[arg(long, global = true, env = "APIKEY_FEED", default_value = "listen")]
    #[arg(value_name = "MODE")]
    feed: FeedMode,

    /// The maximum number of connections to PostgreSQL, from 3 to 1000
    #[arg(
        long,
        global = true,
        env = "APIKEY_DATABASE_CONNECTIONS",
        default_value_t = DEFAULT_CONNECTIONS
    )]
    #[arg(value_name = "NUMBER", value_parser = database_connections)]
    database_connections: usize,

    /// How to verify keys while PostgreSQL is lost: refuse, or serve-stale:SECONDS
    #[arg(
        long,
        global = true,
        env = "APIKEY_ON_DATABASE_LOSS",
        default_value = "refuse"
    )]
    #[arg(value_name = "CHOICE")]
    on_database_loss: OnDatabaseLoss,

    /// How long to keep the record of changes: a number and d, h, m or s
    #[arg(
        long,
        global = true,
        env = "APIKEY_EVENT_RETENTION",
        default_value = "90d"
    )]
    #[arg(value_name = "TIME")]
    event_retention: Retention,

    /// How many percent of the record of changes are deleted at once at most, from 1 to 100
    #[arg(
        long,
        global = true,
        env = "APIKEY_EVENT_PRUNE_PERCENT",
        default_value = "10"
    )]
    #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=100))]
    event_prune_percent: u64,

    /// The format of the log [default: text on a terminal, else json]
    #[arg(long, global = true, env = "APIKEY_LOG_FORMAT")]
    #[arg(value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

/// Parses the command line and combines it with the environment.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    environment: Environment,
) -> Result<(Config, Command), Refused> {
    let parsed = Arguments::try_parse_from(arguments);
    let Arguments { command, flags } = parsed.map_err(|error| Refused::Arguments(error.into()))?;
    let database_url = match flags.database_url {
        None => DatabaseUrl::Sqlite(flags.data_dir.join("apikey.db")),
        // Not parsed by clap, whose message would show the password.
        Some(url) => DatabaseUrl::parse(&url).map_err(|expected| {
            let setting = "--database-url (APIKEY_DATABASE_URL)";
            Refused::new(setting, &DatabaseUrl::redact(&url), expected)
        })?,
    };
    if matches!(database_url, DatabaseUrl::Postgres(_))
        && matches!(environment.pepper, PepperSource::DataDir)
    {
        let expected = "on PostgreSQL, 32 bytes or more as hex here or in the file named by \
                        APIKEY_PEPPER_FILE: all nodes share it";
        return Err(Refused::new("APIKEY_PEPPER", "", expected));
    }
    let config = Config {
        listen: flags.listen,
        database_url,
        database_connections: flags.database_connections,
        data_dir: flags.data_dir,
        key_prefix: flags.key_prefix,
        key_headers: flags.key_headers.or_default(),
        pepper: environment.pepper,
        bootstrap_password: environment.bootstrap_password,
        workers: flags.workers.unwrap_or_else(cores),
        max_connections: flags.max_connections,
        max_connections_per_address: flags.max_connections_per_address,
        trusted_proxies: flags.trusted_proxies.unwrap_or_default(),
        cache_bytes: flags.cache_bytes,
        has_metrics: flags.metrics == Switch::On,
        cluster: ClusterSettings {
            listens: flags.feed == FeedMode::Listen,
            stale: flags.on_database_loss.0,
        },
        pruning: Pruning {
            retention: flags.event_retention.0,
            percent: flags.event_prune_percent,
        },
        log_format: flags.log_format.unwrap_or_else(default_format),
        log_filter: environment.log_filter,
    };
    Ok((config, command.unwrap_or(Command::Serve)))
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "expected an address and a port, such as 127.0.0.1:8080".to_owned())
}

fn key_prefix(text: &str) -> Result<KeyPrefix, String> {
    KeyPrefix::parse(text).map_err(|_| "expected 1 to 32 letters and digits".to_owned())
}

fn workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=MAX_WORKERS) => Ok(number),
        _ => Err(format!("expected a number from 1 to {MAX_WORKERS}")),
    }
}

fn connections(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..) => Ok(number),
        _ => Err("expected a number from 1".to_owned()),
    }
}

fn database_connections(text: &str) -> Result<usize, String> {
    // One for the events, one for changes, and one for reading.
    match text.parse() {
        Ok(number @ 3..=1_000) => Ok(number),
        _ => Err("expected a number from 3 to 1000".to_owned()),
    }
}

fn cache_bytes(text: &str) -> Result<u64, String> {
    // The minimum at which each shard of the cache can hold a key of maximum size.
    match text.parse() {
        Ok(bytes @ 1_048_576..) => Ok(bytes),
        _ => Err("expected a number from 1048576 (1 MiB)".to_owned()),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MAX_WORKERS))
}

fn default_format() -> LogFormat {
    if std::io::stderr().is_terminal() {
        LogFormat::Text
    } else {
        LogFormat::Json
    }
}
