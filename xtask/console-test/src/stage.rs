//! A server with the console before it, on one origin, as an operator puts them up.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::Value;
use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;
use xtask_harness::{
    client::Client,
    database::{Database, Engine, Kind},
    request::{Credentials, Request},
    server::{self, Server, free_address},
};
use xtask_programs::{console_files, gateways, interruption, workspace::Workspace};

/// The shipped configuration of nginx.
const CONFIGURATION: &str = include_str!("../../../docs/console/nginx.conf");

/// How long nginx may take to listen.
const START_LIMIT: Duration = Duration::from_secs(10);

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// The programs that the test needs.
pub(crate) struct Programs {
    pub(crate) browser: PathBuf,
    nginx: PathBuf,
    /// The folder of the console's files.
    console: PathBuf,
    server: PathBuf,
}

/// A running server, with nginx before it.
pub(crate) struct Stage {
    runtime: Runtime,
    client: Client,
    origin: String,
    _nginx: Server,
    _server: Server,
    _database: Database,
    _engine: Engine,
}

// === impl Programs ===

impl Programs {
    /// Finds them, or installs what is missing.
    pub(crate) fn find_or_install(workspace: &Workspace, server: Option<&Path>) -> Result<Self> {
        Ok(Self {
            browser: gateways::whole_browser()?,
            nginx: gateways::nginx(workspace)?,
            console: console_files::find_or_unpack(workspace)?,
            server: match server {
                Some(named) => named.to_owned(),
                None => server::build(workspace)?,
            },
        })
    }
}

// === impl Stage ===

impl Stage {
    /// Starts a server on a fresh database, and nginx. Their logs go to a folder.
    pub(crate) fn start(programs: &Programs, kind: Kind, logs: &Path) -> Result<Self> {
        let runtime = Runtime::new()?;
        let engine = Engine::start(kind)?;
        let database = runtime.block_on(engine.create())?;
        let address = free_address()?;
        let command = server::command(&programs.server, database.url(), database.folder());
        let mut server = Server::spawn(command, address, logs.join("server.log"))?;
        runtime.block_on(server.until_ready())?;
        let nginx = start_nginx(programs, &server, database.folder(), logs)?;
        Ok(Self {
            client: Client::without_idle_connections(address)?,
            origin: format!("http://{}", nginx.address()),
            runtime,
            _nginx: nginx,
            _server: server,
            _database: database,
            _engine: engine,
        })
    }

    /// Returns the address of the console.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Asks the server itself, and returns what it holds.
    pub(crate) fn get(&self, path: &str, by: Credentials<'_>) -> Result<Value> {
        self.send(Request::get(path).by(by))
    }

    /// Tells the server itself to do something, and returns its answer.
    pub(crate) fn tell(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        by: Credentials<'_>,
    ) -> Result<Value> {
        self.send(Request::new(method, path).json(body).by(by))
    }

    /// Returns the status with which the server answers.
    pub(crate) fn status(&self, path: &str, by: Credentials<'_>) -> Result<u16> {
        let request = Request::get(path).by(by);
        Ok(self.runtime.block_on(self.client.send(&request))?.status)
    }

    /// Returns the status with which the server answers someone with a cookie.
    pub(crate) fn status_with_cookie(&self, path: &str, cookie: &str) -> Result<u16> {
        let request = Request::get(path).header("cookie", cookie);
        Ok(self.runtime.block_on(self.client.send(&request))?.status)
    }

    fn send(&self, request: Request) -> Result<Value> {
        self.runtime
            .block_on(self.client.send(&request))?
            .expect_ok()
            .with_context(|| request.path().to_owned())
    }
}

/// Starts nginx with the shipped configuration, but for its places, and waits until it
/// listens.
fn start_nginx(programs: &Programs, server: &Server, folder: &Path, logs: &Path) -> Result<Server> {
    let address = free_address()?;
    let mut text = CONFIGURATION.to_owned();
    let console = programs.console.display();
    for (shipped, here) in [
        (
            "server 127.0.0.1:8080;",
            format!("server {};", server.address()),
        ),
        ("listen 127.0.0.1:8000;", format!("listen {address};")),
        ("root /srv/gpustack/ui;", format!("root {console};")),
        ("http {", format!("http {{ {}", kept_here())),
    ] {
        let count = text.matches(shipped).count();
        ensure!(count == 1, "nginx.conf has `{shipped}` {count} times");
        text = text.replace(shipped, &here);
    }
    fs::write(folder.join("nginx.conf"), text)?;
    let mut command = Command::new(&programs.nginx);
    // One process, so that killing it leaves nobody behind.
    let globally = "daemon off; master_process off; pid nginx.pid;";
    command
        .current_dir(folder)
        .args(["-p", ".", "-e", "stderr", "-c", "nginx.conf", "-g"])
        .arg(globally);
    let mut nginx = Server::launch(command, address, logs.join("nginx.log"))?;
    let started = Instant::now();
    while TcpStream::connect(address).is_err() {
        interruption::check()?;
        let is_late = started.elapsed() > START_LIMIT || !nginx.is_running()?;
        ensure!(!is_late, "nginx does not start: {}", nginx.log());
        thread::sleep(POLL_INTERVAL);
    }
    Ok(nginx)
}

/// Returns what keeps nginx from writing outside its folder.
fn kept_here() -> String {
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let folders = folders.map(|name| format!("{name}_temp_path {name};"));
    format!("access_log off; {}", folders.concat())
}
