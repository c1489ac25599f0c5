//! The server, started and ended as an operator does.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::bench::database::Database;
use crate::bench::http::{Authorization, Connection, get};
use crate::process;

/// The first administrator's password.
pub(super) const ADMIN_PASSWORD: &str = "Bench_Adm1n!";

/// How long the server may take to become ready.
const START_LIMIT: Duration = Duration::from_secs(30);

/// How long the server may take to end: it gives requests 10 s.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// How often a server that takes no connections yet is asked again. The start
/// is measured no finer than that.
const POLL_INTERVAL: Duration = Duration::from_micros(500);

/// What a bare server does with a request before it answers with nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BareTask {
    /// Nothing.
    Nothing,
    /// It reads the row of the presented key.
    Read,
}

/// A running server; dropping it kills it.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    started: Instant,
    log: PathBuf,
}

// === impl Server ===

impl Server {
    /// Starts the server on a database, and does not wait for it. Nothing of
    /// xtask's environment reaches it, so that all settings are the defaults.
    pub(super) fn spawn(program: &Path, database: &Database) -> Result<Self> {
        Self::spawn_with(program, database, &[])
    }

    /// Starts the server with settings, as its environment gives them.
    pub(super) fn spawn_with(
        program: &Path,
        database: &Database,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let mut command = command(program, database);
        command.envs(settings.iter().copied());
        Self::start(command, database.folder().join("log"))
    }

    /// Starts what the server is compared with: a handler that does nothing, or
    /// one that reads each key's row from the database.
    pub(super) fn spawn_bare(database: &Database, task: BareTask) -> Result<Self> {
        let own = std::env::current_exe().context("cannot tell where xtask lies")?;
        let mut command = Command::new(own);
        command.arg("bare-server");
        if task == BareTask::Read {
            command.args(["--read-from", database.url()]);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null());
        Self::start(command, database.folder().join("log-of-the-bare-server"))
    }

    fn start(command: Command, log: PathBuf) -> Result<Self> {
        Self::launch(command, free_address()?, log)
    }

    /// Runs a command that serves on an address, and adds what it logs to a file.
    pub(crate) fn launch(mut command: Command, address: SocketAddr, log: PathBuf) -> Result<Self> {
        let file = File::options().create(true).append(true).open(&log)?;
        command
            .args(["--listen", &address.to_string()])
            .stderr(file);
        let started = Instant::now();
        let child = command.spawn();
        let program = command.get_program().to_string_lossy();
        let child = child.with_context(|| format!("cannot start {program}"))?;
        Ok(Self {
            child,
            address,
            started,
            log,
        })
    }

    /// Waits until the server is ready and gives the time since its start.
    pub(crate) async fn until_ready(&self) -> Result<Duration> {
        self.until_answered("/readyz").await
    }

    /// Waits until a path is answered 200 and gives the time since the start.
    ///
    /// # Errors
    ///
    /// When that takes too long, with the server's log.
    pub(crate) async fn until_answered(&self, path: &str) -> Result<Duration> {
        let request = get(path, Authorization::None);
        while self.started.elapsed() < START_LIMIT {
            if self.answers(&request).await.unwrap_or(false) {
                return Ok(self.started.elapsed());
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        bail!("the server does not answer {path}; its log:\n{log}")
    }

    /// Gives where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives the number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Ends the server in order.
    ///
    /// # Errors
    ///
    /// When it does not end in time or fails.
    pub(crate) fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        match process::wait_at_most(&mut self.child, STOP_LIMIT)? {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!("the server failed when it was told to stop: {status}"),
            None => bail!("the server does not stop"),
        }
    }

    async fn answers(&self, request: &[u8]) -> Result<bool> {
        let mut connection = Connection::open(self.address).await?;
        Ok(connection.exchange(request).await?.status == 200)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Brings a database up to date without serving it.
pub(super) fn migrate(program: &Path, database: &Database) -> Result<()> {
    process::output(command(program, database).arg("migrate")).map(drop)
}

fn command(program: &Path, database: &Database) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("APIKEY_PEPPER", pepper())
        .env("APIKEY_BOOTSTRAP_PASSWORD", ADMIN_PASSWORD)
        .args(["--database-url", database.url(), "--data-dir"])
        .arg(database.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

/// Gives the pepper under which the server's keys are digested, as hex.
pub(crate) fn pepper() -> String {
    "5a".repeat(32)
}

/// Gives an address on which nothing listens yet.
pub(crate) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
