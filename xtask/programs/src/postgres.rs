//! A PostgreSQL cluster of xtask's own, gone when its owner is gone.
//!
//! The cluster lives in a temporary folder and listens on the loopback address
//! only. It is not a child of xtask: a small shell, the `Watchdog`, starts,
//! stops and removes it, and notices the end of xtask by the end of a pipe. So
//! nothing is left behind after a success, a failure, a panic, a signal or a
//! SIGKILL.

mod account;
mod programs;
mod watchdog;

use crate::{
    interruption::Interrupted,
    port::free_port,
    postgres::{account::Account, watchdog::Watchdog},
};
use anyhow::{Context, Result, bail};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long each part of the start may take: creating the cluster, and each
/// attempt to start its server.
const PART_LIMIT: Duration = Duration::from_secs(60);

/// How many ports are tried: another program can take a free port before
/// PostgreSQL does.
const ATTEMPTS: usize = 3;

/// How many of the log's last lines an error shows.
const LOG_LINES: usize = 30;

/// What a cluster promises about the data that it acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Survives a loss of power, as a server in production does: for
    /// measurements.
    Durable,
    /// Promises nothing and is faster for it: for tests.
    Throwaway,
}

/// How a cluster is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the cluster promises about acknowledged data.
    pub durability: Durability,
    /// How many connections the server takes at a time.
    pub max_connections: u16,
}

/// A running cluster; dropping it stops the server and removes its folder.
pub struct Cluster {
    // Fields are dropped in this order: the server ends before its folder.
    watchdog: Watchdog,
    folder: TempDir,
    port: u16,
}

// === impl Cluster ===

impl Cluster {
    /// Creates a cluster and waits until its server takes connections.
    pub fn start(settings: &Settings) -> Result<Self> {
        let programs = programs::find_or_install()?;
        let started = Instant::now();
        let folder = tempfile::Builder::new()
            .prefix("apikey-postgres-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .context("cannot create a folder for PostgreSQL")?;
        let settings_file = folder.path().join("settings.conf");
        fs::write(&settings_file, settings.file())?;
        let account = Account::instead_of_root()?;
        if let Some(account) = &account {
            account.take_over(&settings_file)?;
            account.take_over(folder.path())?;
        }
        let watchdog = Watchdog::start(&programs, folder.path(), account.as_ref())?;

        let mut cluster = Self {
            watchdog,
            folder,
            port: 0,
        };
        if let Err(error) = cluster.bring_up() {
            if error.is::<Interrupted>() {
                return Err(error);
            }
            let user = account.map_or_else(String::new, |account| format!(" as {}", account.name));
            bail!(
                "PostgreSQL does not start{user}: {error:#}\n{}",
                cluster.log_tail()
            );
        }
        println!(
            "PostgreSQL of {} is up after {:.1} s",
            programs.display(),
            started.elapsed().as_secs_f64()
        );
        Ok(cluster)
    }

    /// Returns the address of the cluster's database `postgres`, for a superuser
    /// who needs no password.
    pub fn url(&self) -> String {
        format!("postgres://apikey@127.0.0.1:{}/postgres", self.port)
    }

    /// Returns the port that the server listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Stops the server as if its machine had failed.
    pub fn stop_server(&mut self) -> Result<()> {
        if !self.watchdog.order("stop", PART_LIMIT)? {
            bail!("PostgreSQL does not stop\n{}", self.log_tail());
        }
        Ok(())
    }

    /// Starts a server that was stopped, on the same port.
    pub fn start_server(&mut self) -> Result<()> {
        if !self.watchdog.order(self.port, PART_LIMIT)? {
            bail!("PostgreSQL does not start again\n{}", self.log_tail());
        }
        Ok(())
    }

    fn bring_up(&mut self) -> Result<()> {
        if !self.watchdog.answer(PART_LIMIT)? {
            bail!("initdb failed");
        }
        for _ in 0..ATTEMPTS {
            self.port = free_port()?;
            if self.watchdog.order(self.port, PART_LIMIT)? {
                return Ok(());
            }
        }
        bail!("{ATTEMPTS} attempts failed")
    }

    fn log_tail(&self) -> String {
        let path = self.folder.path().join(watchdog::LOG);
        match fs::read_to_string(&path) {
            Ok(log) => {
                let lines: Vec<&str> = log.lines().collect();
                lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
            }
            Err(error) => format!(
                "there is no log in {} ({error}): every user must be able to enter the folder \
                 that TMPDIR names",
                path.display()
            ),
        }
    }
}

// === impl Settings ===

impl Settings {
    /// Returns the lines that follow initdb's own in `postgresql.conf`.
    ///
    /// There is no Unix socket: nothing uses it, and the path of a temporary
    /// folder can be too long for one.
    fn file(&self) -> String {
        let promise = match self.durability {
            Durability::Durable => "on",
            Durability::Throwaway => "off",
        };
        format!(
            "listen_addresses = '127.0.0.1'\n\
             unix_socket_directories = ''\n\
             max_connections = {connections}\n\
             fsync = {promise}\n\
             full_page_writes = {promise}\n\
             synchronous_commit = {promise}\n",
            connections = self.max_connections,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_durable_cluster_keeps_every_promise_and_a_throwaway_one_none() {
        for (durability, promise, other) in [
            (Durability::Durable, "fsync = on\n", "= off"),
            (Durability::Throwaway, "fsync = off\n", "= on"),
        ] {
            let settings = Settings {
                durability,
                max_connections: 7,
            };
            let file = settings.file();
            assert!(file.contains(promise) && !file.contains(other), "{file}");
        }
    }
}
