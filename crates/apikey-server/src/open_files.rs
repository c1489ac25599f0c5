//! How many connections fit into the limit of open files.

use crate::config::Config;
use anyhow::{Context, bail};
use apikey_http::connection::Bounds;

/// How many files the server needs for itself and a few connections.
pub(crate) const MIN_OPEN_FILES: u64 = 96;

/// Raises the limit of open files, and returns how many connections fit into it.
///
/// # Errors
///
/// If the limit cannot be read, or is too low to serve.
pub fn bounds(config: &Config) -> anyhow::Result<Bounds> {
    // Each connection is an open file.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
    let (open_files, _) = rlimit::Resource::NOFILE
        .get()
        .context("cannot read the limit of open files")?;
    if open_files < MIN_OPEN_FILES {
        bail!(
            "the limit of open files is {open_files}, and {MIN_OPEN_FILES} are needed: \
             raise it, for example with `ulimit -n`"
        );
    }
    let most = Bounds::within_open_files(open_files, config.network.workers);
    let all = config.network.max_connections.unwrap_or(most);
    if all > most {
        tracing::warn!(
            max_connections = all,
            open_files,
            "the limit of open files allows only {most} connections"
        );
    }
    let all = all.min(most);
    let half = all.div_ceil(2);
    Ok(Bounds {
        all,
        per_address: config.network.max_connections_per_address.unwrap_or(half),
        trusted_proxies: config.network.trusted_proxies.clone(),
    })
}
