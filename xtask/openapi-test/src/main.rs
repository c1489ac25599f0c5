//! `cargo xtask openapi-test`: requests made from the description of the interface, right
//! ones and wrong ones, and whether the answers are among those that it has.
//!
//! They are made on each database by nobody, a user, an admin of an organization, a platform
//! admin and a key. A status that is not described, a body or a header that is none of those
//! described, a wrong request that is taken and any 500 fail the test.
//!
//! In the long form programs of others generate clients, too.

mod caller;
mod clients;
mod options;
mod requests;
mod world;

use crate::{caller::Caller, clients::Clients, options::Options, requests::Requests, world::World};
use anyhow::{Context, Result};
use clap::Parser;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};
use tokio::runtime::Runtime;
use xtask_harness::{
    database::{Engine, Kind},
    server,
};
use xtask_programs::{interruption, process, workspace::Workspace};

/// Where logs are stored, below the root of the workspace.
const ARTIFACTS: &str = "target/openapi-test";

/// Who makes requests in the short form, on a database.
const fn short_callers(kind: Kind) -> &'static [Caller] {
    match kind {
        Kind::Sqlite => &[Caller::Nobody, Caller::OrganizationAdmin, Caller::Key],
        Kind::Postgres => &[Caller::User, Caller::PlatformAdmin],
    }
}

fn main() -> ExitCode {
    match perform(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => process::report("openapi test", &error),
    }
}

fn perform(options: &Options) -> Result<()> {
    interruption::watch()?;
    let workspace = Workspace::locate()?;
    let program = match &options.server {
        Some(named) => named.clone(),
        None => server::build(&workspace)?,
    };
    let requests = Requests::prepare(&workspace, options)?;
    let artifacts = workspace.root().join(ARTIFACTS);
    if artifacts.exists() {
        fs::remove_dir_all(&artifacts)?;
    }
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if options.database.is_some_and(|only| only != kind) {
            continue;
        }
        let callers = match options.short {
            true => short_callers(kind),
            false => &Caller::ALL,
        };
        test(&requests, callers, (kind, &program), &artifacts)?;
    }
    if !options.short {
        generate(&Clients::of(&workspace), &program, &artifacts)?;
    }
    Ok(())
}

/// Lets callers make requests to servers on one kind of database, each to its own.
fn test(
    requests: &Requests,
    callers: &[Caller],
    (kind, program): (Kind, &PathBuf),
    artifacts: &Path,
) -> Result<()> {
    let runtime = Runtime::new()?;
    let engine = Engine::start(kind)?;
    for caller in callers {
        let started = Instant::now();
        let name = format!("{}-{}", kind.to_string().to_lowercase(), caller.name());
        let folder = artifacts.join(&name);
        fs::create_dir_all(&folder)?;
        let mut world = runtime.block_on(World::start(program, &engine, &folder))?;
        let description = runtime.block_on(world.description())?;
        let made = requests.make((&world, description), *caller, &folder);
        let made = made.with_context(|| format!("as {} on {kind}", caller.name()))?;
        runtime.block_on(world.check(*caller))?;
        let seconds = started.elapsed().as_secs_f64();
        println!("openapi test: {made} requests of {name} were answered well, {seconds:.0} s");
    }
    Ok(())
}

/// Generates clients, and lets one of them use a server.
fn generate(clients: &Clients, program: &Path, artifacts: &Path) -> Result<()> {
    let folder = artifacts.join("clients");
    fs::create_dir_all(&folder)?;
    let runtime = Runtime::new()?;
    let engine = Engine::start(Kind::Sqlite)?;
    let world = runtime.block_on(World::start(program, &engine, &folder))?;
    clients
        .python(&world, &folder)
        .context("the client in Python")?;
    clients
        .typescript(&folder)
        .context("the types for TypeScript")?;
    println!("openapi test: the generated clients compile, and that in Python works");
    Ok(())
}
