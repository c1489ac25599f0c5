//! What every measurement works with.

use crate::{
    cores::{first_two, on_core, on_cores},
    options::Scale,
};
use anyhow::Result;
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use tokio::runtime::{Builder, Runtime};
use xtask_harness::{
    database::{Database, Engine, Kind},
    interruption::unless_interrupted,
    server::{self, Server},
};

/// What every measurement works with.
pub(crate) struct Bench {
    pub(crate) program: PathBuf,
    pub(crate) engine: Engine,
    pub(crate) scale: Scale,
    /// The core that all servers run on, while that matters.
    core: Option<usize>,
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
            core: None,
            runtime: Builder::new_current_thread().enable_all().build()?,
        })
    }

    /// Measures with one worker of each server on one core, and the load on
    /// another.
    pub(crate) fn pinned(
        &mut self,
        measure: impl FnOnce(&Self) -> Result<()> + Send,
    ) -> Result<()> {
        let (server, load) = first_two()?;
        println!("one worker on core {server}, the load on core {load}\n");
        self.core = Some(server);
        let bench = &mut *self;
        let done = on_core(load, move || measure(bench));
        self.core = None;
        done
    }

    /// Measures with all servers and loads on the first two cores.
    pub(crate) fn on_two_cores(
        &mut self,
        measure: impl FnOnce(&Self) -> Result<()> + Send,
    ) -> Result<()> {
        let (first, second) = first_two()?;
        println!("the servers and all load on cores {first} and {second}\n");
        let bench = &mut *self;
        on_cores(&[first, second], move || measure(bench))
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
        if self.core.is_some() {
            command.env("APIKEY_WORKERS", "1");
        }
        self.spawn_command(command, database)
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn serve(&self, database: &Database, settings: &[(&str, &str)]) -> Result<Server> {
        self.ready(self.spawn(database, settings)?)
    }

    /// Starts a server that reads its peppers from a file, and waits until it is ready.
    pub(crate) fn serve_with_pepper_in(&self, database: &Database, file: &Path) -> Result<Server> {
        let mut command = server::command(&self.program, database.url(), database.folder());
        command
            .env_remove("APIKEY_PEPPER")
            .env("APIKEY_PEPPER_FILE", file);
        self.ready(self.spawn_command(command, database)?)
    }

    /// Starts a handler that does nothing, or one that reads the row of each
    /// presented key from a database. Its log is beside that of the server.
    pub(crate) fn serve_bare(&self, database: &Database, read: Option<&str>) -> Result<Server> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(read.map(|url| format!("--read-from={url}")));
        self.ready(self.spawn_command(command, database)?)
    }

    fn spawn_command(&self, command: Command, database: &Database) -> Result<Server> {
        let address = server::free_address()?;
        let log = database.folder().join(format!("log-{}", address.port()));
        let start = || Server::spawn(command, address, log);
        match self.core {
            Some(core) => on_core(core, start),
            None => start(),
        }
    }

    fn ready(&self, mut server: Server) -> Result<Server> {
        self.block_on(server.until_ready())?;
        Ok(server)
    }
}
