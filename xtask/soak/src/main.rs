//! `cargo xtask soak`: everything at once on each database, for a time of choice, while the
//! pepper is replaced, the database is restarted twice and a backup is taken; and each answer
//! is checked against a model.
//!
//! The servers are black boxes. What is found to be wrong is printed when it is found and
//! again at the end, and fails the command.

mod backup;
mod conductor;
mod event_log;
mod measured;
mod model;
mod options;
mod people;
mod readers;
mod records;
mod report;
mod service;
mod site;
mod soak;
mod standing;
mod tenant;
mod usage;
mod verdict;
mod verifier;
mod watcher;
mod windows;
mod world;

use crate::options::Options;
use anyhow::{Result, bail};
use clap::Parser;
use std::{process::ExitCode, sync::Arc, time::Duration};
use xtask_harness::{
    findings::Findings, interruption::unless_interrupted, server, usage::allow_many_files,
};
use xtask_programs::{interruption, process, workspace::Workspace};

/// How many threads run the load: there is more to wait for than to do.
const THREADS: usize = 2;

/// How long the comparisons at the end may take.
const END_LIMIT: Duration = Duration::from_secs(15 * 60);

fn main() -> ExitCode {
    match perform(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => process::report("soak", &error),
    }
}

/// Runs the soak on each database and prints what was measured.
fn perform(options: &Options) -> Result<()> {
    interruption::watch()?;
    allow_many_files()?;
    let program = match &options.server {
        Some(named) => named.clone(),
        None => server::build(&Workspace::locate()?)?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    let findings = Arc::new(Findings::new());
    for database in options.databases() {
        findings.enter(&database.to_string());
        let soak = soak::run(&program, database, options.time(), Arc::clone(&findings));
        let limit = options.time() + END_LIMIT;
        let limited = async { tokio::time::timeout(limit, soak).await? };
        let result = runtime.block_on(unless_interrupted(limited));
        interruption::check()?;
        if let Err(error) = result {
            findings.enter(&format!("{database}, the end of all"));
            findings.add(format!("the soak broke off: {error:#}"));
        }
    }
    runtime.shutdown_background();
    match findings.shown() {
        None => Ok(()),
        Some(wrong) => bail!(wrong),
    }
}
