//! A cluster whose server offers TLS.

use crate::postgres::cluster::Cluster;
use anyhow::Result;

/// Where a server looks for its certificate and its key, unless it is told otherwise.
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";

/// The file with settings that go before those of all others.
const SETTINGS: &str = "postgresql.auto.conf";

// === impl Cluster ===

impl Cluster {
    /// Starts the server again, as one that offers TLS with a certificate and its key,
    /// both as PEM.
    pub fn offer_tls(&mut self, certificate: &str, key: &str) -> Result<()> {
        self.write_data(CERTIFICATE, certificate)?;
        self.write_data(KEY, key)?;
        self.write_data(SETTINGS, "ssl = on\n")?;
        self.stop_server()?;
        self.start_server()
    }
}
