//! Whether a server runs already.

use super::finding::Finding;
use crate::{config::Config, data_dir};
use apikey_diesel::DatabaseUrl;
use std::net::TcpListener;

pub(super) fn findings(config: &Config) -> Option<Finding> {
    let advice = "nothing, if it is the server that you mean; a second one does not start";
    if let DatabaseUrl::Sqlite(path) = &config.database_url
        && data_dir::is_locked(path)
    {
        let what = format!("a server uses {} already", path.display());
        return Some(Finding::warning("server", what, advice));
    }
    let listen = config.network.listen;
    let error = TcpListener::bind(listen).err()?;
    let what = format!("cannot listen on {listen}: {error}");
    if error.kind() == std::io::ErrorKind::AddrInUse {
        return Some(Finding::warning("server", what, advice));
    }
    let advice = "set --listen to an address of this machine, and a port that this user may use";
    Some(Finding::error("server", what, advice))
}
