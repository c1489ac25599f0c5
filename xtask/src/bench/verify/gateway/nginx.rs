//! nginx with the configuration that the project ships.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// Where Debian puts it, which is not on everybody's path.
const PROGRAM: &str = "/usr/sbin/nginx";

/// How long it may take to listen.
const LIMIT: Duration = Duration::from_secs(10);

/// The addresses in the shipped configuration.
const LISTEN: &str = "127.0.0.1:8000";
const APIKEY: &str = "127.0.0.1:8080";
const SERVICE: &str = "127.0.0.1:9000";

/// What makes nginx ask.
const ASK: &str = "auth_request /_apikey;";

/// A running nginx; dropping it kills it.
pub(super) struct Nginx {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

/// Gives the shipped configuration, or nothing when there is no nginx to use
/// it.
pub(super) fn shipped(path: &Path) -> Result<Option<String>> {
    if !Path::new(PROGRAM).exists() {
        return Ok(None);
    }
    let text = fs::read_to_string(path);
    text.map(Some)
        .with_context(|| format!("cannot read {}", path.display()))
}

// === impl Nginx ===

impl Nginx {
    /// Starts nginx before a service that answers nothing; it asks at an
    /// address before each request, or nobody.
    pub(super) fn start(shipped: &str, asks: Option<SocketAddr>) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("apikey-bench-").tempdir()?;
        let (address, service) = free_addresses()?;
        let path = folder.path().join("nginx.conf");
        let log = folder.path().join("log");
        fs::write(&path, adapted(shipped, address, service, asks)?)?;
        // One process, so that killing it leaves nobody behind.
        let globally = "daemon off; master_process off; pid nginx.pid;";
        let child = Command::new(PROGRAM)
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&path)
            .args(["-e", "errors", "-g", globally])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("cannot start {PROGRAM}"))?;
        let nginx = Self {
            child,
            address,
            _folder: folder,
        };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            if started.elapsed() > LIMIT {
                let log = fs::read_to_string(&log).unwrap_or_default();
                bail!("nginx does not start; it says:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(nginx)
    }

    /// Gives where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts other addresses into the shipped configuration, one worker, a service,
/// and nothing that writes outside the folder or ends a connection.
fn adapted(
    shipped: &str,
    listen: SocketAddr,
    service: SocketAddr,
    asks: Option<SocketAddr>,
) -> Result<String> {
    let inside = format!(
        "http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path temporary;
    proxy_temp_path temporary;
    fastcgi_temp_path temporary;
    uwsgi_temp_path temporary;
    scgi_temp_path temporary;
    server {{ listen {service}; return 200; }}"
    );
    let ask = if asks.is_some() { ASK } else { "" };
    let replacements = [
        (ASK, ask.to_owned()),
        (LISTEN, listen.to_string()),
        (SERVICE, service.to_string()),
        (APIKEY, asks.unwrap_or(service).to_string()),
        ("worker_processes auto;", String::new()),
        ("http {", inside),
    ];
    let mut text = shipped.to_owned();
    for (old, new) in replacements {
        if !text.contains(old) {
            bail!("the shipped configuration of nginx does not hold `{old}`");
        }
        text = text.replace(old, &new);
    }
    Ok(text)
}

fn free_addresses() -> Result<(SocketAddr, SocketAddr)> {
    // Both are held before either is let go, so that they differ.
    let one = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok((one.local_addr()?, other.local_addr()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = "worker_processes auto; http { upstream a { server 127.0.0.1:8080; }
        upstream b { server 127.0.0.1:9000; }
        server { listen 127.0.0.1:8000; auth_request /_apikey; } }";

    fn address(port: u16) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, port).into()
    }

    #[test]
    fn the_addresses_are_replaced() {
        let text = adapted(SHIPPED, address(1), address(2), Some(address(3))).unwrap();
        assert!(
            text.contains("upstream a { server 127.0.0.1:3; }"),
            "{text}"
        );
        assert!(
            text.contains("upstream b { server 127.0.0.1:2; }"),
            "{text}"
        );
        assert!(text.contains("listen 127.0.0.1:1; auth_request"), "{text}");
    }

    #[test]
    fn nobody_is_asked_without_an_address() {
        let text = adapted(SHIPPED, address(1), address(2), None).unwrap();
        assert!(!text.contains("auth_request"), "{text}");
    }

    #[test]
    fn another_configuration_is_refused() {
        let error = adapted("http {", address(1), address(2), None).unwrap_err();
        assert!(error.to_string().contains(ASK), "{error}");
    }
}
