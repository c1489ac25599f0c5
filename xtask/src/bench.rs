//! `cargo xtask bench`: what the server does, beside what its bare parts do.
//!
//! It is a report and not a test: it fails on errors, never on a figure.
//! Figures of one machine move by tens of percent within a day, so whatever is
//! compared is measured in turns, round by round, and the ratios are taken
//! within a round.

pub(crate) mod bare_server;
mod creates;
pub(crate) mod database;
mod feed;
pub(crate) mod http;
mod lists;
mod load;
mod machine;
mod memory;
mod options;
pub(crate) mod scattered;
mod schema;
pub(crate) mod server;
mod start;
pub(crate) mod statistics;
pub(crate) mod table;
mod tenant;
mod usage;
mod verify;

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::Runtime;

use crate::bench::database::{Database, Engine};
use crate::bench::machine::Machine;
pub(crate) use crate::bench::options::Options;
use crate::bench::options::{Extent, Subject};
use crate::bench::server::Server;
use crate::workspace::Workspace;
use crate::{interruption, process};

/// How often a measurement looks whether it was interrupted.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// What every measurement works with.
struct Bench {
    /// The server's program.
    program: PathBuf,
    /// What makes databases.
    engine: Engine,
    /// The project's folder.
    root: PathBuf,
    /// How much is measured.
    extent: Extent,
    /// What runs the load: one thread, to leave the machine to the server.
    runtime: Runtime,
}

/// Measures what the options ask for and prints the figures.
///
/// # Errors
///
/// When something cannot be built or started, when the server answers other
/// than it must, and `Interrupted` when a signal asked xtask to stop.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    if cfg!(debug_assertions) {
        return run_optimised(workspace);
    }
    let program = program(workspace, options)?;
    println!("{}", Machine::describe(workspace)?);

    for kind in options.databases() {
        let bench = Bench {
            program: program.clone(),
            root: workspace.root().to_owned(),
            engine: Engine::start(kind)?,
            extent: options.extent(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
        };
        println!("{}", bench.block_on(bench.engine.version())?);
        for subject in options.subjects() {
            println!();
            match subject {
                Subject::Creates => creates::run(&bench)?,
                Subject::Feed => feed::run(&bench)?,
                Subject::Lists => lists::run(&bench)?,
                Subject::Start => start::run(&bench)?,
                Subject::Memory => memory::run(&bench)?,
                Subject::Verify => verify::run(&bench)?,
            }
        }
        println!();
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the same command from an optimised build of xtask: both the load and
/// what the server is compared with are xtask's own.
pub(crate) fn run_optimised(workspace: &Workspace) -> Result<ExitCode> {
    let mut command = workspace.cargo(&["run", "--release", "--package", "xtask", "--"]);
    command.args(std::env::args_os().skip(1));
    Ok(process::exit_code(process::status(&mut command)?))
}

/// Gives the server's program: the one that was named, or else one that is built
/// now.
fn program(workspace: &Workspace, options: &Options) -> Result<PathBuf> {
    if let Some(named) = options.server() {
        return Ok(named.to_owned());
    }
    let mut build = workspace.cargo(&["build", "--release", "--bin", "apikey-server"]);
    process::succeed(&mut build)?;
    server_program()
}

/// Gives the path of the server's program: it lies beside xtask's own.
pub(crate) fn server_program() -> Result<PathBuf> {
    let own = std::env::current_exe().context("cannot tell where xtask lies")?;
    Ok(own.with_file_name("apikey-server"))
}

// === impl Bench ===

impl Bench {
    /// Runs a part of a measurement until it ends or xtask is interrupted. An
    /// interruption ends the server too, so it explains any other error.
    fn block_on<T>(&self, part: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on(async {
            tokio::select! {
                result = part => {
                    interruption::check()?;
                    result
                }
                interrupted = interruption() => Err(interrupted.into()),
            }
        })
    }

    /// Starts a server on a database and waits until it is ready.
    fn serve(&self, database: &Database) -> Result<Server> {
        let server = Server::spawn(&self.program, database)?;
        self.block_on(server.until_ready())?;
        Ok(server)
    }

    /// Gives the heading of a table.
    fn heading(&self, subject: &str) -> String {
        format!("{subject} on {}", self.engine.kind())
    }
}

/// Waits until a signal asks xtask to stop.
pub(crate) async fn interruption() -> interruption::Interrupted {
    loop {
        if let Err(interrupted) = interruption::check() {
            return interrupted;
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}
