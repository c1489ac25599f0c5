//! The command line.

use super::{
    choice::{Command, FeedMode, ImportCommand, LogFormat, PepperSource, SourceUrl, Switch},
    environment,
    keep_ended::KeepEnded,
    key_headers::KeyHeadersFlag,
    observation_flags::ObservationFlags,
    on_database_loss::OnDatabaseLoss,
    proxies::ProxyFlags,
    quotas::QuotaFlags,
    refused::{NOT_SHOWN, Refused},
    retention::Retention,
    sessions::SessionFlags,
    settings::Config,
    unknown, values,
};
use crate::prune::Pruning;
use apikey_diesel::{ClusterSettings, DEFAULT_CONNECTIONS, DatabaseUrl};
use apikey_domain::{
    access::policy::KeyPolicies, change::notice::ExpiryNotices, key::token::KeyPrefix,
};
use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, parser::ValueSource};
use std::{
    ffi::{OsStr, OsString},
    net::SocketAddr,
    path::PathBuf,
};

#[derive(Parser)]
#[command(
    name = "apikey-server",
    version,
    about = "API keys as a service.",
    after_help = "Also read from the environment: APIKEY_PEPPER or APIKEY_PEPPER_FILE, \
                  APIKEY_BOOTSTRAP_PASSWORD or APIKEY_BOOTSTRAP_PASSWORD_FILE, APIKEY_LOG."
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
    #[arg(value_name = "ADDRESS:PORT", value_parser = values::listen)]
    listen: SocketAddr,

    /// The database: sqlite://{path} or postgres://... [default: sqlite://{data-dir}/apikey.db]
    /// [env: APIKEY_DATABASE_URL or APIKEY_DATABASE_URL_FILE]
    #[arg(long, global = true, value_name = "URL")]
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
    #[arg(value_name = "PREFIX", value_parser = values::key_prefix)]
    key_prefix: KeyPrefix,

    /// Who may do what with keys: contract, organization-admins-manage, attenuated
    #[arg(long, global = true, env = "APIKEY_POLICY", default_value = "contract")]
    #[arg(value_name = "NAMES", value_parser = values::policies)]
    policy: KeyPolicies,

    #[command(flatten)]
    key_headers: KeyHeadersFlag,

    /// The number of threads that answer requests [default: the number of cores]
    #[arg(long, global = true, env = "APIKEY_WORKERS")]
    #[arg(value_name = "NUMBER", value_parser = values::workers)]
    workers: Option<usize>,

    /// The maximum number of connections [default: what the limit of open files allows]
    #[arg(long, global = true, env = "APIKEY_MAX_CONNECTIONS")]
    #[arg(value_name = "NUMBER", value_parser = values::positive)]
    max_connections: Option<usize>,

    /// The maximum number of connections from one address [default: half of all]
    #[arg(long, global = true, env = "APIKEY_MAX_CONNECTIONS_PER_ADDRESS")]
    #[arg(value_name = "NUMBER", value_parser = values::positive)]
    max_connections_per_address: Option<usize>,

    #[command(flatten)]
    proxies: ProxyFlags,

    /// The size of the verification cache in bytes, from 1048576
    #[arg(
        long,
        global = true,
        env = "APIKEY_CACHE_BYTES",
        default_value = "268435456"
    )]
    #[arg(value_name = "BYTES", value_parser = values::cache_bytes)]
    cache_bytes: u64,

    /// Whether to count verifications and serve GET /metrics
    #[arg(long, global = true, env = "APIKEY_METRICS", default_value = "on")]
    #[arg(value_name = "SWITCH")]
    metrics: Switch,

    #[command(flatten)]
    observation: ObservationFlags,

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
    #[arg(value_name = "NUMBER", value_parser = values::database_connections)]
    database_connections: usize,

    /// How many lists of one user are read at once [default: half of those that are]
    #[arg(long, global = true, env = "APIKEY_LISTS_PER_USER")]
    #[arg(value_name = "NUMBER", value_parser = values::positive)]
    lists_per_user: Option<usize>,

    /// How many watches one user may have at once
    #[arg(
        long,
        global = true,
        env = "APIKEY_WATCHES_PER_USER",
        default_value = "10000"
    )]
    #[arg(value_name = "NUMBER", value_parser = values::positive)]
    watches_per_user: usize,

    /// How many watches there may be at once on behalf of one organization
    #[arg(
        long,
        global = true,
        env = "APIKEY_WATCHES_PER_ORGANIZATION",
        default_value = "10000"
    )]
    #[arg(value_name = "NUMBER", value_parser = values::positive)]
    watches_per_organization: usize,

    #[command(flatten)]
    quotas: QuotaFlags,

    #[command(flatten)]
    sessions: SessionFlags,

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

    /// How many days before its expiry it is said that a key expires: up to 10 numbers from 1
    /// to 365, separated by commas, or none
    #[arg(
        long,
        global = true,
        env = "APIKEY_EXPIRY_NOTICES",
        default_value = "30,7,1"
    )]
    #[arg(value_name = "DAYS", value_parser = values::expiry_notices)]
    expiry_notices: ExpiryNotices,

    /// How many days an API key is kept after it was revoked or expired, from 1 to 36500, or off
    #[arg(long, global = true, env = "APIKEY_KEEP_ENDED", default_value = "off")]
    #[arg(value_name = "DAYS")]
    keep_ended: KeepEnded,

    /// The format of the log [default: text on a terminal, else json]
    #[arg(long, global = true, env = "APIKEY_LOG_FORMAT")]
    #[arg(value_name = "FORMAT")]
    log_format: Option<LogFormat>,
}

/// The settings that have an effect on PostgreSQL only.
const POSTGRES_ONLY: [&str; 3] = ["feed", "database_connections", "on_database_loss"];

/// Parses the command line and combines it with the environment.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(Config, Command), Refused> {
    let refused = |error: clap::Error| Refused::Arguments(error.into());
    let matches = Arguments::command().try_get_matches_from(arguments);
    let matches = matches.map_err(refused)?;
    let parsed = Arguments::from_arg_matches(&matches).map_err(refused)?;
    let mut notices = unknown_variables();
    let Arguments { command, flags } = parsed;
    let mut command = command.unwrap_or(Command::Serve);
    if let Command::Import(ImportCommand::Gpustack(arguments)) = &mut command
        && arguments.from.is_none()
        && let Some(secret) = environment::secret(environment::IMPORT_FROM)?
    {
        arguments.from = Some(SourceUrl(secret.text.to_string()));
    }
    let combined = combine(flags, &command, &matches, &mut notices);
    match combined {
        Ok(config) => Ok((Config { notices, ..config }, command)),
        // It may be missing because its variable is misspelled.
        Err(refused) => Err(refused.with_notices(&notices)),
    }
}

fn combine(
    flags: Flags,
    command: &Command,
    matches: &ArgMatches,
    notices: &mut Vec<String>,
) -> Result<Config, Refused> {
    let environment = environment::read()?;
    let database_url = database_url(&flags)?;
    let is_sqlite = matches!(database_url, DatabaseUrl::Sqlite(_));
    let needs_pepper = !matches!(
        command,
        Command::User(_) | Command::Key(_) | Command::Import(_)
    );
    if !is_sqlite && needs_pepper && matches!(environment.pepper, PepperSource::DataDir) {
        let expected = "on PostgreSQL, 32 bytes or more as hex here or in the file named by \
                        APIKEY_PEPPER_FILE: all nodes share it";
        return Err(Refused::new("APIKEY_PEPPER", "", expected));
    }
    if is_sqlite {
        notices.extend(without_effect(matches));
    }
    let proxies = flags.proxies.proxies()?;
    Ok(Config {
        listen: flags.listen,
        database_url,
        database_connections: flags.database_connections,
        data_dir: flags.data_dir,
        key_prefix: flags.key_prefix,
        policy: flags.policy,
        key_headers: flags.key_headers.or_default(),
        pepper: environment.pepper,
        bootstrap_password: environment.bootstrap_password,
        workers: flags.workers.unwrap_or_else(values::cores),
        max_connections: flags.max_connections,
        max_connections_per_address: flags.max_connections_per_address,
        lists_per_user: flags.lists_per_user,
        watches_per_user: flags.watches_per_user,
        watches_per_organization: flags.watches_per_organization,
        quotas: flags.quotas.into(),
        session_lifetime: flags.sessions.lifetime()?,
        trusted_proxies: proxies.trusted,
        client_address_header: proxies.client_address_header,
        cache_bytes: flags.cache_bytes,
        has_metrics: flags.metrics == Switch::On,
        observation: flags.observation.read()?,
        cluster: ClusterSettings {
            listens: flags.feed == FeedMode::Listen,
            stale: flags.on_database_loss.0,
        },
        pruning: Pruning {
            retention: flags.event_retention.0,
            percent: flags.event_prune_percent,
        },
        expiry_notices: flags.expiry_notices,
        keep_ended: flags.keep_ended.0,
        log_format: flags.log_format.unwrap_or_else(values::default_format),
        log_filter: environment.log_filter,
        notices: Vec::new(),
    })
}

/// Returns the database. Its URL is not parsed by clap, whose message would show the
/// password.
fn database_url(flags: &Flags) -> Result<DatabaseUrl, Refused> {
    if let Some(url) = &flags.database_url {
        let parsed = DatabaseUrl::parse(url);
        let refused = |expected| Refused::new("--database-url", NOT_SHOWN, expected);
        return parsed.map_err(refused);
    }
    match environment::secret(environment::DATABASE_URL)? {
        None => Ok(DatabaseUrl::Sqlite(flags.data_dir.join("apikey.db"))),
        Some(secret) => {
            let parsed = DatabaseUrl::parse(&secret.text);
            parsed.map_err(|expected| secret.refused(expected))
        }
    }
}

/// Returns a line about the variables that are no settings.
fn unknown_variables() -> Vec<String> {
    let command = Arguments::command();
    let of_flags = command.get_arguments().filter_map(Arg::get_env);
    let of_flags = of_flags.filter_map(OsStr::to_str);
    let known: Vec<&str> = of_flags.chain(environment::NAMES).collect();
    unknown::lines(std::env::vars_os(), &known)
}

/// Returns a line about the settings that were made and have no effect on SQLite.
fn without_effect(matches: &ArgMatches) -> Option<String> {
    let command = Arguments::command();
    let named = |id: &&str| -> Option<String> {
        let mut arguments = command.get_arguments();
        let argument = arguments.find(|argument| argument.get_id() == *id)?;
        match matches.value_source(id)? {
            ValueSource::CommandLine => Some(format!("--{}", argument.get_long()?)),
            ValueSource::EnvVariable => Some(argument.get_env()?.to_str()?.to_owned()),
            _ => None,
        }
    };
    let names: Vec<String> = POSTGRES_ONLY.iter().filter_map(named).collect();
    let line = || format!("without effect on SQLite: {}", names.join(", "));
    (!names.is_empty()).then(line)
}
