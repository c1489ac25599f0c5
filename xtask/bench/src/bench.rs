//! What every measurement works with.

use std::future::Future;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use tokio::runtime::{Builder, Runtime};
use xtask_harness::database::{Database, Engine, Kind};
use xtask_harness::interruption::unless_interrupted;
use xtask_harness::server::{self, Server};

use crate::bare;
use crate::cores::Cores;
use crate::options::Scale;

/// What every measurement works with.
pub(crate) struct Bench {
    /// The server's program.
    pub(crate) program: PathBuf,
    /// What makes databases.
    pub(crate) engine: Engine,
    /// How much is measured.
    pub(crate) scale: Scale,
    /// Which core runs what, while that matters.
    cores: Option<Cores>,
    /// One thread, to leave the machine to the server.
    runtime: Runtime,
}

// === impl Bench ===

impl Bench {
    /// Starts what databases of a kind need.
    pub(crate) fn start(program: PathBuf, kind: Kind, scale: Scale) -> Result<Self> {
        Ok(Self {
            program,
            engine: Engine::start(kind)?,
            scale,
            cores: None,
            runtime: Builder::new_current_thread().enable_all().build()?,
        })
    }

    /// Measures with one worker of each server on one core, and the load on
    /// another.
    pub(crate) fn pinned(&mut self, measure: impl FnOnce(&Self) -> Result<()>) -> Result<()> {
        let cores = Cores::take()?;
        println!("{}\n", cores.describe());
        self.cores = Some(cores);
        let done = measure(self);
        self.cores = None;
        done
    }

    /// Runs a part of a measurement until it ends or is interrupted.
    pub(crate) fn block_on<T>(&self, part: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on(unless_interrupted(part))
    }

    /// Starts a server with settings, as its environment gives them, and does not
    /// wait for it.
    pub(crate) fn spawn(&self, database: &Database, settings: &[(&str, &str)]) -> Result<Server> {
        let mut command = server::command(&self.program, database.url(), database.folder());
        command.envs(settings.iter().copied());
        if self.cores.is_some() {
            command.env("APIKEY_WORKERS", "1");
        }
        self.spawn_command(command, database)
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn serve(&self, database: &Database, settings: &[(&str, &str)]) -> Result<Server> {
        self.ready(self.spawn(database, settings)?)
    }

    /// Starts a handler that does nothing, or one that reads the row of each
    /// presented key from a database. Its log is beside that of the server.
    pub(crate) fn serve_bare(&self, database: &Database, read: Option<&str>) -> Result<Server> {
        let command = bare::server::command(read)?;
        self.ready(self.spawn_command(command, database)?)
    }

    /// Returns the heading of a table.
    pub(crate) fn heading(&self, subject: &str) -> String {
        format!("{subject} on {}", self.engine.kind())
    }

    fn spawn_command(&self, command: Command, database: &Database) -> Result<Server> {
        let address = server::free_address()?;
        let log = database.folder().join(format!("log-{}", address.port()));
        let start = || Server::spawn(command, address, log);
        match &self.cores {
            Some(cores) => cores.on_servers(start),
            None => start(),
        }
    }

    fn ready(&self, mut server: Server) -> Result<Server> {
        self.block_on(server.until_ready())?;
        Ok(server)
    }
}
