//! nginx as it is shipped, and as it was, before a service that answers with what it
//! received.

use crate::{
    target::Target,
    wire::{Wire, WireAnswer},
};
use anyhow::{Context, Result, ensure};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};
use xtask_harness::server::{Server, free_address};
use xtask_programs::{gateways, workspace::Workspace};

/// The shipped configuration.
pub(super) const SHIPPED: &str = include_str!("../../../../../docs/gateways/nginx.conf");

/// How the model was found before names were decoded.
const FORMER_MODELS: &str = "map $uri $model_of_path {
        \"~^/models/(?<model_name>[A-Za-z0-9._-]+)/\"  $model_name;
        default                                      \"\";
    }

    ";

/// How long it may take to listen.
const START_LIMIT: Duration = Duration::from_secs(10);

/// A running nginx and the service behind it; both end when it is dropped.
pub(super) struct Nginx {
    process: Server,
    service: JoinHandle<()>,
}

/// Returns the configuration without what passes preflights on.
pub(super) fn without_preflights() -> Result<String> {
    replaced(SHIPPED, "if ($is_preflight) { return 204; }", "")
}

/// Returns the configuration with how the model was found before.
pub(super) fn with_former_models() -> Result<String> {
    let from = SHIPPED.find("map $request_uri $parts_of_model");
    let to = SHIPPED.find("# What a browser asks before");
    let (from, to) = from.zip(to).context("nginx.conf has other models")?;
    Ok([&SHIPPED[..from], FORMER_MODELS, &SHIPPED[to..]].concat())
}

// === impl Nginx ===

impl Nginx {
    /// Starts nginx before a server, and waits until it listens.
    pub(super) async fn start(target: &Target, configuration: &str) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let service = listener.local_addr()?;
        let address = free_address()?;
        let folder = target.database.folder().join(address.port().to_string());
        fs::create_dir(&folder)?;
        let mut text = configuration.to_owned();
        for (old, new) in [
            (
                "server 127.0.0.1:8080",
                format!("server {}", target.address()),
            ),
            ("server 127.0.0.1:9000", format!("server {service}")),
            ("listen 127.0.0.1:8000", format!("listen {address}")),
            ("worker_processes auto;", String::new()),
            ("http {", settings()),
        ] {
            text = replaced(&text, old, &new)?;
        }
        fs::write(folder.join("nginx.conf"), text)?;
        let mut command = Command::new(gateways::nginx(&Workspace::locate()?)?);
        // One process, so that killing it leaves nobody behind.
        let globally = "daemon off; master_process off; pid nginx.pid;";
        command.current_dir(&folder).args([
            "-p",
            ".",
            "-e",
            "stderr",
            "-c",
            "nginx.conf",
            "-g",
            globally,
        ]);
        let mut process = Server::launch(command, address, folder.join("log"))?;
        let started = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            let is_late = started.elapsed() > START_LIMIT || !process.is_running()?;
            ensure!(!is_late, "nginx does not start: {}", process.log());
            sleep(Duration::from_millis(10)).await;
        }
        Ok(Self {
            process,
            service: tokio::spawn(serve(listener)),
        })
    }

    /// Sends bytes on a connection of their own and returns what is answered.
    pub(super) async fn send(&self, request: &str) -> Result<WireAnswer> {
        let address: SocketAddr = self.process.address();
        let mut wire = Wire::open(address, Ipv4Addr::LOCALHOST).await?;
        wire.send(request).await?;
        wire.answer().await
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.service.abort();
    }
}

/// Nothing is written outside the folder.
fn settings() -> String {
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let folders = folders.map(|name| format!("{name}_temp_path {name};"));
    format!("http {{ access_log off; {}", folders.concat())
}

fn replaced(text: &str, old: &str, new: &str) -> Result<String> {
    ensure!(text.contains(old), "nginx.conf does not hold `{old}`");
    Ok(text.replacen(old, new, 1))
}

/// Answers each request with its head.
async fn serve(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            // That a client goes away is its own affair.
            let _ = answer(stream).await;
        });
    }
}

async fn answer(mut stream: TcpStream) -> Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        ensure!(stream.read_buf(&mut head).await? > 0, "it breaks off");
    }
    let length = head.len();
    let answer =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await?;
    Ok(stream.write_all(&head).await?)
}
