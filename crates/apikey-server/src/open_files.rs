//! How many connections fit into the limit of open files.

use crate::config::Config;
use anyhow::Context;
use apikey_http::connection::Bounds;

/// Raises the limit of open files, and returns how many connections fit into it.
///
/// # Errors
///
/// If the limit cannot be read.
pub fn bounds(config: &Config) -> anyhow::Result<Bounds> {
    // Each connection is an open file.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
    let (open_files, _) = rlimit::Resource::NOFILE
        .get()
        .context("cannot read the limit of open files")?;
    let most = Bounds::within_open_files(open_files, config.workers);
    let all = config.max_connections.unwrap_or(most);
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
        per_address: config.max_connections_per_address.unwrap_or(half),
        trusted_proxies: config.trusted_proxies.clone(),
    })
}
