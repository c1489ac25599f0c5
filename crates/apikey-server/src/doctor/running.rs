//! Whether a server runs already.

use super::finding::Finding;
use crate::{config::Config, data_dir};
use apikey_diesel::DatabaseUrl;
use std::net::{SocketAddr, TcpListener};

/// What to do if something runs there.
const NOTHING: &str = "nothing, if it is the server that you mean; a second one does not start";

pub(super) fn findings(config: &Config) -> Vec<Finding> {
    if let DatabaseUrl::Sqlite(path) = &config.database_url
        && data_dir::is_locked(path)
    {
        let what = format!("a server uses {} already", path.display());
        return vec![Finding::warning("server", what, NOTHING)];
    }
    let metrics = config.observation.metrics_listen;
    let addresses = metrics.map(|address| ("--metrics-listen", address));
    let addresses = [("--listen", config.network.listen)]
        .into_iter()
        .chain(addresses);
    addresses
        .filter_map(|(setting, address)| of_address(setting, address))
        .collect()
}

fn of_address(setting: &str, address: SocketAddr) -> Option<Finding> {
    let error = TcpListener::bind(address).err()?;
    let what = format!("cannot listen on {address}: {error}");
    if error.kind() == std::io::ErrorKind::AddrInUse {
        return Some(Finding::warning("server", what, NOTHING));
    }
    let advice =
        format!("set {setting} to an address of this machine, and a port that this user may use");
    Some(Finding::error("server", what, advice))
}
