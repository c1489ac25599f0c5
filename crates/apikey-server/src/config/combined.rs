//! The settings together: what one of them means for another.

use super::{
    choice::{BootstrapPassword, PepperSource},
    declared::{
        BOOTSTRAP_PASSWORD, Bounds, CONFIG, DATABASE_URL, Database, Group, Keys, Network,
        Observation, PEPPER, Program, Records,
    },
    effective::Source,
    environment,
    given::Given,
    refused::{NOT_SHOWN, Refused},
    settings::{Config, PEPPER_FILE},
    subcommand::Command,
};
use apikey_diesel::DatabaseUrl;
use apikey_domain::identity::session::SessionLifetime;
use apikey_http::{MetricsToken, connection::TrustedProxies};
use std::path::{Path, PathBuf};

/// What is said of the pepper where all nodes share a database.
const SHARED_PEPPER: &str = "on PostgreSQL, 32 bytes or more as hex here or in the file named by \
                             APIKEY_PEPPER_FILE: all nodes share it";

/// Reads all settings, and says everything that is wrong.
pub(super) fn combine(
    mut given: Given<'_>,
    command: &Command,
    notices: &mut Vec<String>,
) -> Result<Config, Refused> {
    note_file(&mut given);
    let network = Network::read(&mut given);
    let database = Database::read(&mut given);
    let data_dir = database.as_ref().map(|database| &*database.data_dir);
    let mut database_url_file = None;
    let database_url =
        data_dir.and_then(|folder| database_url(&mut given, folder, &mut database_url_file));
    let pepper = data_dir.and_then(|folder| pepper(&mut given, folder));
    let bootstrap_password = bootstrap_password(&mut given);
    let keys = Keys::read(&mut given);
    let bounds = Bounds::read(&mut given);
    let records = Records::read(&mut given);
    let observation = Observation::read(&mut given);
    let program = Program::read(&mut given);
    let metrics_token = observation
        .as_ref()
        .and_then(|observation| metrics_token(&mut given, observation));
    let session_lifetime = records
        .as_ref()
        .and_then(|records| session_lifetime(&mut given, records));
    if let Some(network) = &network {
        check_proxies(&mut given, network);
    }
    if let (Some(network), Some(observation)) = (&network, &observation) {
        check_addresses(&mut given, network, observation);
    }
    if let (Some(url), Some(pepper)) = (&database_url, &pepper) {
        check_pepper(&mut given, url, pepper, command);
    }
    if let Some(DatabaseUrl::Sqlite(_)) = database_url {
        notices.extend(without_effect(&given));
    }
    let Given {
        findings,
        effective,
        ..
    } = given;
    if let Some(refused) = findings.error() {
        return Err(refused);
    }
    let config = (|| {
        Some(Config {
            network: network?,
            database_url: database_url?,
            database_url_file,
            database: database?,
            pepper: pepper?,
            bootstrap_password: bootstrap_password?,
            keys: keys?,
            bounds: bounds?,
            records: records?,
            session_lifetime: session_lifetime?,
            observation: observation?,
            metrics_token: metrics_token?,
            program: program?,
            api_key: None,
            notices: Vec::new(),
            effective,
        })
    })();
    config.ok_or_else(|| Refused::Setting("a setting is invalid".to_owned()))
}

/// Notes which file was read.
fn note_file(given: &mut Given<'_>) {
    match given.text(&CONFIG) {
        Ok(Some((path, source))) => given.note(&CONFIG, path, source),
        Ok(None) => given.note(&CONFIG, "(none)".to_owned(), Source::Default),
        Err(refused) => given.findings.refused(refused),
    }
}

/// Returns the database, and sets the file that has its URL. It is read here and not by clap,
/// whose message would show the password.
fn database_url(
    given: &mut Given<'_>,
    data_dir: &Path,
    file: &mut Option<PathBuf>,
) -> Option<DatabaseUrl> {
    match find_database(given, data_dir, file) {
        Ok((url, source)) => {
            given.note(&DATABASE_URL, url.redacted(), source);
            Some(url)
        }
        Err(refused) => {
            given.findings.refused(refused);
            None
        }
    }
}

fn find_database(
    given: &Given<'_>,
    data_dir: &Path,
    file: &mut Option<PathBuf>,
) -> Result<(DatabaseUrl, Source), Refused> {
    let text = given.text(&DATABASE_URL)?;
    let flag = text.filter(|(_, source)| matches!(source, Source::Flag(_)));
    if let Some((url, source)) = flag {
        let refused = |expected| Refused::new("--database-url", NOT_SHOWN, expected);
        return Ok((DatabaseUrl::parse(&url).map_err(refused)?, source));
    }
    let secret = environment::secret(&DATABASE_URL, given.file)?;
    let entry = given.file.entry(&DATABASE_URL.name());
    match (secret, entry) {
        (Some(secret), Some(entry)) if matches!(secret.source, Source::File(_)) => {
            let setting = Source::File(entry.place.clone()).of(&DATABASE_URL);
            let expected = "not to be set together with database-url-file";
            Err(Refused::new(&setting, NOT_SHOWN, expected))
        }
        (Some(secret), _) => {
            let url = DatabaseUrl::parse(&secret.text);
            let url = url.map_err(|expected| secret.refused(expected))?;
            *file = secret.file;
            Ok((url, secret.source))
        }
        (None, Some(entry)) => {
            let source = Source::File(entry.place.clone());
            let setting = source.of(&DATABASE_URL);
            let refused = |expected: &str| Refused::new(&setting, NOT_SHOWN, expected);
            let url = DatabaseUrl::parse(&entry.text).map_err(|expected| refused(&expected))?;
            if url.has_password() {
                return Err(refused(
                    "a URL without a password here, or database-url-file: no secret is written \
                     in this file",
                ));
            }
            Ok((url, source))
        }
        (None, None) => {
            let url = DatabaseUrl::Sqlite(data_dir.join("apikey.db"));
            Ok((url, Source::Default))
        }
    }
}

fn pepper(given: &mut Given<'_>, data_dir: &Path) -> Option<PepperSource> {
    match environment::pepper(given) {
        Ok((pepper, source)) => {
            let shown = match &pepper {
                PepperSource::Given(_) => "(set, redacted)".to_owned(),
                PepperSource::File(path, _) => format!("(in {})", path.display()),
                PepperSource::DataDir => format!("(in {})", data_dir.join(PEPPER_FILE).display()),
            };
            given.note(&PEPPER, shown, source);
            Some(pepper)
        }
        Err(refused) => {
            given.findings.refused(refused);
            None
        }
    }
}

fn bootstrap_password(given: &mut Given<'_>) -> Option<Option<BootstrapPassword>> {
    match environment::bootstrap_password(given) {
        Ok((password, source)) => {
            let shown = match &password {
                Some(BootstrapPassword {
                    file: Some(path), ..
                }) => format!("(in {})", path.display()),
                Some(_) => "(set, redacted)".to_owned(),
                None => "(not set)".to_owned(),
            };
            given.note(&BOOTSTRAP_PASSWORD, shown, source);
            Some(password)
        }
        Err(refused) => {
            given.findings.refused(refused);
            None
        }
    }
}

/// Returns the token that opens the metrics, from its file.
fn metrics_token(given: &mut Given<'_>, observation: &Observation) -> Option<Option<MetricsToken>> {
    let Some(path) = &observation.metrics_token_file else {
        return Some(None);
    };
    let setting = given.place("metrics-token-file");
    let secret = environment::from_file(setting, path.into(), Source::Default);
    let token = secret.and_then(|secret| {
        let token = MetricsToken::parse(&secret.text);
        token.map_err(|expected| secret.refused(format!("in the file, {expected}")))
    });
    match token {
        Ok(token) => Some(Some(token)),
        Err(refused) => {
            given.findings.refused(refused);
            None
        }
    }
}

fn session_lifetime(given: &mut Given<'_>, records: &Records) -> Option<SessionLifetime> {
    match records.lifetime() {
        Ok(lifetime) => Some(lifetime),
        Err(invalid) => {
            let setting = given.place(invalid.name);
            given
                .findings
                .invalid(&invalid.value, &setting, invalid.expected);
            None
        }
    }
}

/// Checks that nobody is to be believed of whom it is not known who they are.
fn check_proxies(given: &mut Given<'_>, network: &Network) {
    if let Some(header) = network.client_address_header
        && network.trusted_proxies == TrustedProxies::default()
    {
        let expected = "it is read of the requests of --trusted-proxies, and there are none";
        let setting = given.place("client-address-header");
        given
            .findings
            .invalid(&header.to_string(), &setting, expected);
    }
}

/// Checks that two servers are not to listen on one address. Of port 0 each gets its own.
fn check_addresses(given: &mut Given<'_>, network: &Network, observation: &Observation) {
    let listen = network.listen;
    if listen.port() != 0 && observation.metrics_listen == Some(listen) {
        let setting = given.place("metrics-listen");
        let expected = "expected another address than that of --listen";
        given
            .findings
            .invalid(&listen.to_string(), &setting, expected);
    }
}

/// Checks that nodes that share a database are given their pepper.
fn check_pepper(
    given: &mut Given<'_>,
    url: &DatabaseUrl,
    pepper: &PepperSource,
    command: &Command,
) {
    let needs_pepper = !matches!(
        command,
        Command::User(_)
            | Command::Key(_)
            | Command::Import(_)
            | Command::Doctor { .. }
            | Command::Backup(_)
            | Command::Restore(_)
    );
    let is_postgres = matches!(url, DatabaseUrl::Postgres(_));
    if is_postgres && needs_pepper && matches!(pepper, PepperSource::DataDir) {
        given
            .findings
            .invalid("", &PEPPER.variable(), SHARED_PEPPER);
    }
}

/// Returns a line about the settings that were made and have no effect on SQLite.
fn without_effect(given: &Given<'_>) -> Option<String> {
    let made = given.effective.iter();
    let made = made.filter(|one| one.is_postgres_only);
    let names: Vec<String> = made.filter_map(|one| one.source.made(&one.name)).collect();
    let line = || format!("without effect on SQLite: {}", names.join(", "));
    (!names.is_empty()).then(line)
}
