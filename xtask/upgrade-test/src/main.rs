//! `cargo xtask upgrade-test`: the release before and this one, one after the other and side
//! by side, on one database.
//!
//! The release before stores everything that it can. This one migrates, and each answer that
//! both give must be the same; then it withdraws and grants, and the release before is started
//! again on what it left. A key that was withdrawn by either is refused by both, ever after.
//!
//! The short form does not run the release before: it updates databases that it wrote.

mod asked;
mod backups;
mod comparison;
mod contents;
mod fixture;
mod installation;
mod maker;
mod making;
mod options;
mod question;
mod questions;
mod rounds;
mod stale_peppers;
mod upgrade;
mod world;

use crate::{installation::Programs, options::Options, upgrade::Upgrade};
use anyhow::{Context, Result};
use clap::Parser;
use std::{process::ExitCode, time::Instant};
use tokio::runtime::Runtime;
use xtask_harness::{
    database::{Engine, Kind},
    interruption::unless_interrupted,
    server,
};
use xtask_programs::{interruption, process, release_before, workspace::Workspace};

fn main() -> ExitCode {
    match perform(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => process::report("upgrade test", &error),
    }
}

fn perform(options: &Options) -> Result<()> {
    interruption::watch()?;
    let workspace = Workspace::locate()?;
    let this = match &options.server {
        Some(named) => named.clone(),
        None => server::build(&workspace)?,
    };
    let before = match &options.from {
        Some(named) => named.clone(),
        // It is not run.
        None if options.short => this.clone(),
        None => release_before::build(&workspace)?,
    };
    let programs = Programs { before, this };
    let runtime = Runtime::new()?;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        if options.database.is_some_and(|only| only != kind) {
            continue;
        }
        let started = Instant::now();
        let engine = Engine::start(kind)?;
        let test = async {
            match (options.write_fixture, options.short) {
                (true, _) => fixture::write(&workspace, &engine, &programs).await,
                (false, true) => fixture::test(&workspace, &engine, &programs).await,
                (false, false) => Upgrade::test(&engine, &programs).await,
            }
        };
        let done = runtime.block_on(unless_interrupted(test));
        let compared = done.with_context(|| format!("on {kind}"))?;
        println!(
            "upgrade test: {kind}: {} answers compared, among them {} verifications, {:.0} s",
            compared.answers,
            compared.verifications,
            started.elapsed().as_secs_f64()
        );
    }
    Ok(())
}
