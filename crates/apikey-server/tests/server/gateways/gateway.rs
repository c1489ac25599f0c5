//! The process of a gateway.

use super::configuration::{Configuration, Ports};
use std::{
    fs::{self, File},
    net::TcpStream,
    process::{Child, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long a gateway may take until it listens.
const STARTUP_TIMEOUT: Duration = Duration::from_secs(60);

/// The process of a gateway and its folder; killed and removed when dropped.
pub(super) struct Gateway {
    process: Child,
    folder: TempDir,
}

impl Gateway {
    /// Starts the program and waits until it listens.
    pub(super) async fn start(configuration: &Configuration, ports: &Ports) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = configuration.command(folder.path(), ports);
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let mut gateway = Self {
            process: command.spawn().unwrap(),
            folder,
        };
        gateway.wait_until_it_listens(ports.gateway).await;
        gateway
    }

    async fn wait_until_it_listens(&mut self, port: u16) {
        let deadline = Instant::now() + STARTUP_TIMEOUT;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "the gateway ended: {}", self.log());
            assert!(
                Instant::now() < deadline,
                "the gateway does not listen: {}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Returns the output of the program.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
