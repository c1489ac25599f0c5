//! What the URL of a database says: where to connect, and whether with TLS.

use crate::failure::unavailable;
use apikey_domain::error::PortError;
use rustls::{
    ClientConfig,
    pki_types::UnixTime,
    time_provider::{DefaultTimeProvider, TimeProvider},
};
use std::{net::Ipv6Addr, sync::Arc, time::Duration};
use tokio_postgres::{Config, config::Host};

/// The parameters of libpq that the driver does not know, which are refused.
const UNKNOWN: [&str; 8] = [
    "gssencmode",
    "passfile",
    "service",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslpassword",
    "sslrootcert",
];

/// Checks a `postgres://` URL. Returns what was expected if it is invalid: never any of its
/// text, since a password may be anywhere in it.
pub(super) fn check(url: &str) -> Result<(), String> {
    if !matches!(
        ssl_mode(url),
        None | Some("disable" | "prefer" | "require" | "verify-full")
    ) {
        return Err("sslmode is disable, prefer, require or verify-full".to_owned());
    }
    if parameters(url).any(|(name, _)| name.contains('%')) {
        return Err("the name of no parameter is percent-encoded".to_owned());
    }
    if config(url).is_ok() {
        return Ok(());
    }
    match UNKNOWN.iter().find(|unknown| has_parameter(url, unknown)) {
        Some(unknown) => Err(format!("there is no parameter {unknown}")),
        None => Err(
            "postgres://{user}:{password}@{host}:{port}/{database}?{parameters}, with every \
             character of the password but letters and digits percent-encoded"
                .to_owned(),
        ),
    }
}

/// The driver does not know `verify-full`; with this crate's TLS settings `require`
/// means the same.
pub(super) fn config(url: &str) -> Result<Config, tokio_postgres::Error> {
    let Some(query) = query(url) else {
        return url.parse();
    };
    let before = &url[..url.len() - query.len()];
    let query = query.replace("sslmode=verify-full", "sslmode=require");
    format!("{before}{query}").parse()
}

/// Returns the value of `sslmode` in the query of a URL.
pub(super) fn ssl_mode(url: &str) -> Option<&str> {
    let mut parameters = parameters(url);
    parameters.find_map(|(name, value)| (name == "sslmode").then_some(value))
}

fn has_parameter(url: &str, wanted: &str) -> bool {
    parameters(url).any(|(name, _)| name == wanted)
}

/// Returns the names and values of the query, as they are written.
fn parameters(url: &str) -> impl Iterator<Item = (&str, &str)> {
    let parameters = query(url).unwrap_or_default().split('&');
    parameters.filter_map(|parameter| parameter.split_once('='))
}

/// Returns the query of a URL as the driver finds it: a password may contain a `?`.
fn query(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let after_credentials = rest.split_once('@').map_or(rest, |(_, after)| after);
    let (_, query) = after_credentials.split_once('?')?;
    Some(query)
}

/// Returns what a URL says without its secrets, put together anew from what the driver
/// reads. `None` if that is not known: the driver refuses it, or text that may belong to
/// a password stands where a name should.
pub(crate) fn shown(url: &str) -> Option<String> {
    // Of two, the first may be a part of the password.
    if url.matches('@').count() > 1 {
        return None;
    }
    let config = config(url).ok()?;
    let user = match config.get_user() {
        Some(user) => format!("{}@", name(user)?),
        None => String::new(),
    };
    let ports = config.get_ports();
    let mut hosts = Vec::new();
    for (index, host) in config.get_hosts().iter().enumerate() {
        let host = match host {
            Host::Tcp(host) if host.contains(':') => {
                format!("[{}]", host.parse::<Ipv6Addr>().ok()?)
            }
            Host::Tcp(host) => name(host)?.to_owned(),
            Host::Unix(path) => {
                let parts = path.to_str()?.split('/');
                let parts = parts.map(|part| part.is_empty().then_some("").or(name(part)));
                parts.collect::<Option<Vec<_>>>()?.join("%2F")
            }
        };
        hosts.push(match ports.get(index).or(ports.first()) {
            None | Some(5432) => host,
            Some(port) => format!("{host}:{port}"),
        });
    }
    let database = match config.get_dbname() {
        Some(database) => format!("/{}", name(database)?),
        None => String::new(),
    };
    // One of the words that are checked.
    let ssl_mode = ssl_mode(url).map_or_else(String::new, |mode| format!("?sslmode={mode}"));
    let hosts = hosts.join(",");
    Some(format!("postgres://{user}{hosts}{database}{ssl_mode}"))
}

/// Returns whether a password is in a URL, or may be.
pub(crate) fn has_password(url: &str) -> bool {
    let is_given = |config: Config| config.get_password().is_some();
    config(url).map_or(true, is_given) || shown(url).is_none()
}

/// Returns text that looks like a name.
fn name(text: &str) -> Option<&str> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!text.is_empty() && text.chars().all(is_plain)).then_some(text)
}

/// A clock that is ahead.
#[derive(Debug)]
struct Ahead(Duration);

impl TimeProvider for Ahead {
    fn current_time(&self) -> Option<UnixTime> {
        let now = DefaultTimeProvider.current_time()?;
        let now = Duration::from_secs(now.as_secs());
        Some(UnixTime::since_unix_epoch(now + self.0))
    }
}

/// Returns how TLS is spoken by a clock that is so much ahead.
pub(super) fn client_config(ahead: Duration) -> Result<ClientConfig, PortError> {
    let mut roots = rustls::RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(native.certs);
    if added == 0 {
        tracing::warn!("this machine has no root certificates: TLS to PostgreSQL will fail");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clock = Arc::new(Ahead(ahead));
    Ok(ClientConfig::builder_with_details(provider, clock)
        .with_safe_default_protocol_versions()
        .map_err(unavailable)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_begins_after_the_password() {
        for (url, mode) in [
            (
                "postgres://me:p?sslmode=disable@db/x?sslmode=require",
                Some("require"),
            ),
            (
                "postgres://me:p?w@db/x?sslmode=verify-full",
                Some("verify-full"),
            ),
            ("postgres://me:p?sslmode=require@db/x", None),
            ("postgres://db/x?user=me&sslmode=prefer", Some("prefer")),
        ] {
            assert_eq!(ssl_mode(url), mode, "{url}");
        }
        let url = "postgres://me:sslmode=verify-full@db/x";
        let password = config(url).unwrap();
        assert_eq!(password.get_password(), Some(&b"sslmode=verify-full"[..]));
    }
}
