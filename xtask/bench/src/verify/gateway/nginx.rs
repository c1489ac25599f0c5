//! nginx with the configuration that the project ships.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use xtask_harness::server::free_address;

/// How long it may take to listen.
const START_LIMIT: Duration = Duration::from_secs(10);

/// What makes nginx ask.
const ASK: &str = "auth_request /_apikey;";

/// What is added to the shipped configuration. Nothing is written outside the
/// folder, and no connection ends.
const SETTINGS: &str = "http {
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path temporary;
    proxy_temp_path temporary;
    fastcgi_temp_path temporary;
    uwsgi_temp_path temporary;
    scgi_temp_path temporary;
    server { listen 127.0.0.1:9000; return 200; }";

/// A running nginx; dropping it kills it.
pub(super) struct Nginx {
    /// Where it listens.
    pub(super) address: SocketAddr,
    child: Child,
    _folder: TempDir,
}

// === impl Nginx ===

impl Nginx {
    /// Starts nginx before a service that answers nothing; it asks at an
    /// address before each request, or nobody.
    pub(super) fn start(program: &Path, shipped: &str, asked: Option<SocketAddr>) -> Result<Self> {
        let (address, folder) = (free_address()?, tempfile::tempdir()?);
        let log = folder.path().join("log");
        let configuration = adapted(shipped, address, asked)?;
        fs::write(folder.path().join("nginx.conf"), configuration)?;
        // One process, so that killing it leaves nobody behind.
        let globally = "daemon off; master_process off; pid nginx.pid;";
        let child = Command::new(program)
            .current_dir(folder.path())
            .args(["-p", ".", "-c", "nginx.conf", "-e", "errors"])
            .args(["-g", globally])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .context("cannot start nginx")?;
        let nginx = Self {
            address,
            child,
            _folder: folder,
        };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            let log = fs::read_to_string(&log).unwrap_or_default();
            let is_late = started.elapsed() > START_LIMIT;
            ensure!(!is_late, "nginx does not start; it says:\n{log}");
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts other addresses into the shipped configuration, one worker and a service.
fn adapted(shipped: &str, listen: SocketAddr, asked: Option<SocketAddr>) -> Result<String> {
    let service = free_address()?;
    let mut text = shipped.to_owned();
    for (old, new) in [
        (ASK, asked.map_or("", |_| ASK).to_owned()),
        ("worker_processes auto;", String::new()),
        ("http {", SETTINGS.to_owned()),
        ("127.0.0.1:8000", listen.to_string()),
        ("127.0.0.1:9000", service.to_string()),
        ("127.0.0.1:8080", asked.unwrap_or(service).to_string()),
    ] {
        ensure!(text.contains(old), "nginx.conf does not hold `{old}`");
        text = text.replace(old, &new);
    }
    Ok(text)
}
