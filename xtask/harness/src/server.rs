//! A server process, started and ended as an operator does.

use crate::{
    client::Client,
    request::{Credentials, Request},
};
use anyhow::{Context, Result, bail, ensure};
use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use xtask_programs::{
    port::free_port,
    process::{self, Signal},
    workspace::Workspace,
};

/// The first administrator's password on every server.
pub const ADMIN_PASSWORD: &str = "Admin_123";

/// The first administrator.
pub const ADMIN: Credentials<'static> = Credentials::Password("admin", ADMIN_PASSWORD);

/// How long a server may take to become ready.
const START_LIMIT: Duration = Duration::from_secs(30);

/// How long a server may take to end: it gives requests 10 s.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// How often a server that takes no connections yet is asked again. The start
/// is measured no finer than that.
const POLL_INTERVAL: Duration = Duration::from_micros(500);

/// A running server; dropping it kills it.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    started: Instant,
    log: PathBuf,
}

// === impl Server ===

impl Server {
    /// Runs a command of the server's program, tells it the address to listen on,
    /// and does not wait for it.
    pub fn spawn(mut command: Command, address: SocketAddr, log: PathBuf) -> Result<Self> {
        command.args(["--listen", &address.to_string()]);
        Self::launch(command, address, log)
    }

    /// Runs any command that serves on an address, adds what it logs to a file and
    /// does not wait for it.
    pub fn launch(command: Command, address: SocketAddr, log: PathBuf) -> Result<Self> {
        let file = File::options().create(true).append(true).open(&log)?;
        Self::launch_with_stderr(command, address, log, file.into())
    }

    /// Runs a command like [`Self::launch`] with another standard error than the
    /// file of its log.
    pub fn launch_with_stderr(
        mut command: Command,
        address: SocketAddr,
        log: PathBuf,
        stderr: Stdio,
    ) -> Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr);
        let started = Instant::now();
        let child = command.spawn();
        let program = command.get_program().display();
        let child = child.with_context(|| format!("cannot start {program}"))?;
        Ok(Self {
            child,
            address,
            started,
            log,
        })
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the server is ready and returns the time since its start.
    pub async fn until_ready(&mut self) -> Result<Duration> {
        self.until_answered("/readyz").await
    }

    /// Waits until a path is answered 200 and returns the time since the start.
    pub async fn until_answered(&mut self, path: &str) -> Result<Duration> {
        let client = Client::new(self.address)?;
        let request = Request::get(path);
        while self.started.elapsed() < START_LIMIT {
            let answer = client.send(&request).await;
            if answer.is_ok_and(|answer| answer.status == 200) {
                return Ok(self.started.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended: {status}; its log:\n{}", self.log());
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        bail!(
            "the server does not answer {path}; its log:\n{}",
            self.log()
        )
    }

    /// Returns what it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Returns whether it still runs.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.exit_status()?.is_none())
    }

    /// Returns how it ended, if it did.
    pub fn exit_status(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        process::signal(&self.child, signal)
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub fn terminate(mut self) -> Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        process::wait_at_most(&mut self.child, STOP_LIMIT)?.context("the server does not stop")
    }

    /// Stops it like [`Self::terminate`] and demands its success.
    pub fn stop(self) -> Result<()> {
        let status = self.terminate()?;
        ensure!(status.success(), "the server did not end well: {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail when it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a call of the server's program with a database and a folder for its
/// files. Nothing of this process's environment reaches it, so all other settings
/// are the defaults.
pub fn command(program: &Path, database_url: &str, folder: &Path) -> Command {
    let mut command = bare_command(program, folder);
    command
        .env("APIKEY_DATABASE_URL", database_url)
        .env("APIKEY_DATA_DIR", folder)
        .env("APIKEY_PEPPER", pepper())
        .env("APIKEY_BOOTSTRAP_PASSWORD", ADMIN_PASSWORD);
    command
}

/// Returns a call of the server's program in a folder, without any setting.
pub fn bare_command(program: &Path, folder: &Path) -> Command {
    // Seen from that folder, a relative path would lead elsewhere.
    let program = std::path::absolute(program).unwrap_or_else(|_| program.to_owned());
    let mut command = Command::new(program);
    command.env_clear().current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// Returns the pepper under which the servers' keys are digested, as hex.
pub fn pepper() -> String {
    "5a".repeat(32)
}

/// Returns an address that no server had before.
pub fn free_address() -> Result<SocketAddr> {
    Ok((Ipv4Addr::LOCALHOST, free_port()?).into())
}

/// Builds the server's program, optimized or not as this program is, and returns
/// its path. It lies beside this program.
pub fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut arguments = vec!["build", "--package", "apikey-server"];
    if !cfg!(debug_assertions) {
        arguments.push("--release");
    }
    process::succeed(&mut workspace.cargo(&arguments))?;
    let own = std::env::current_exe().context("cannot find this program")?;
    Ok(own.with_file_name("apikey-server"))
}
