//! A cluster whose server also listens in other ways: with TLS, on a socket, or only to who
//! has a password.

use crate::postgres::cluster::Cluster;
use anyhow::Result;
use std::path::PathBuf;

/// Where a server looks for its certificate and its key, unless it is told otherwise.
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";

/// The file that says who may connect, and how they prove who they are.
const ACCESS: &str = "pg_hba.conf";

/// The file with settings that go before those of all others.
const SETTINGS: &str = "postgresql.auto.conf";

// === impl Cluster ===

impl Cluster {
    /// Starts the server again, as one that offers TLS with a certificate and its key,
    /// both as PEM.
    pub fn offer_tls(&mut self, certificate: &str, key: &str) -> Result<()> {
        self.write_data(CERTIFICATE, certificate)?;
        self.write_data(KEY, key)?;
        self.restart_with("ssl = on\n")
    }

    /// Starts the server again, as one that also listens on a socket, and returns the
    /// folder of the socket.
    pub fn offer_socket(&mut self) -> Result<PathBuf> {
        let folder = self.folder().to_owned();
        let setting = format!("unix_socket_directories = '{}'\n", folder.display());
        self.restart_with(&setting)?;
        Ok(folder)
    }

    /// Has every role prove by its password who it is, except one that everybody on this
    /// machine may be.
    pub fn demand_passwords(&mut self, except: &str) -> Result<()> {
        let access = format!(
            "host all {except} 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        );
        self.write_data(ACCESS, &access)?;
        self.order("reload", "read its settings again")
    }

    fn restart_with(&mut self, settings: &str) -> Result<()> {
        self.write_data(SETTINGS, settings)?;
        self.stop_server()?;
        self.start_server()
    }
}
