//! What the URL of a database says: where to connect, and whether with TLS.

use crate::failure::unavailable;
use apikey_domain::error::PortError;
use rustls::ClientConfig;
use std::sync::Arc;
use tokio_postgres::Config;

/// Checks a `postgres://` URL. Returns what was expected if it is invalid.
pub(super) fn check(url: &str) -> Result<(), String> {
    match ssl_mode(url) {
        None | Some("disable" | "prefer" | "require" | "verify-full") => {}
        Some(_) => {
            return Err("sslmode is disable, prefer, require or verify-full".to_owned());
        }
    }
    config(url).map(drop).map_err(|error| error.to_string())
}

/// The driver does not know `verify-full`; with this crate's TLS settings `require`
/// means the same.
pub(super) fn config(url: &str) -> Result<Config, tokio_postgres::Error> {
    url.replace("sslmode=verify-full", "sslmode=require")
        .parse()
}

/// Returns the value of `sslmode` in the query of a URL.
pub(super) fn ssl_mode(url: &str) -> Option<&str> {
    let (_, query) = url.split_once('?')?;
    query
        .split('&')
        .find_map(|parameter| parameter.strip_prefix("sslmode="))
}

pub(super) fn client_config() -> Result<ClientConfig, PortError> {
    let mut roots = rustls::RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    let (added, _) = roots.add_parsable_certificates(native.certs);
    if added == 0 {
        tracing::warn!("this machine has no root certificates: TLS to PostgreSQL will fail");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unavailable)?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
