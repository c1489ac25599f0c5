//! The limit of open files.

use super::finding::Finding;
use crate::{config::Config, open_files::MIN_OPEN_FILES};
use apikey_http::connection::Bounds;

/// How many a server for more than a few clients has.
const FEW: u64 = 1_024;

pub(super) fn findings(config: &Config) -> Option<Finding> {
    // The server raises the soft limit to the hard one.
    let (_, limit) = rlimit::Resource::NOFILE.get().ok()?;
    let advice = "raise the hard limit: LimitNOFILE= of systemd, ulimit -Hn of a shell";
    if limit < MIN_OPEN_FILES {
        let what = format!("{limit} files may be open, and the server needs {MIN_OPEN_FILES}");
        return Some(Finding::error("open files", what, advice));
    }
    let most = Bounds::within_open_files(limit, config.network.workers);
    let wanted = config.network.max_connections.unwrap_or(0);
    if wanted > most || limit < FEW {
        let what = format!("{limit} files may be open, which is enough for {most} connections");
        return Some(Finding::warning("open files", what, advice));
    }
    None
}
