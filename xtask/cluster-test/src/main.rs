//! `cargo xtask cluster-test`: three servers on one PostgreSQL, with faults, and
//! each answer checked against a model.
//!
//! The servers are black boxes. They reach the database through proxies of this
//! process, which can be cut, and lead to another database. What is found to be wrong is printed when it is
//! found and again at the end, and fails the command.

mod changes;
mod clock;
mod deadlines;
mod failover;
mod fault;
mod fault_window;
mod health;
mod injection;
mod kinds;
mod load;
mod measured;
mod nodes;
mod options;
mod other_keys;
mod phases;
mod pool;
mod probes;
mod records;
mod report;
mod restoration;
mod revocable;
mod revocation_times;
mod revokers;
mod rights;
mod rolling_update;
mod rotation_load;
mod secret_rights;
mod secrets;
mod session_load;
mod sessions;
mod setup;
mod tables;
mod test_cluster;
mod test_run;
mod visitors;
mod watch;
mod witnesses;
mod workers;

use crate::{
    kinds::Kind, nodes::COUNT, options::Options, report::Report, test_run::TestRun, watch::Watchers,
};
use anyhow::{Result, bail};
use clap::Parser;
use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use xtask_harness::{findings::Findings, interruption::unless_interrupted, server};
use xtask_programs::{
    interruption,
    postgres::{Cluster, Durability, Settings},
    process, release_before,
    workspace::Workspace,
};

/// How many threads run the load, the proxies and the rest: some wait for others
/// that run, so there are more than cores.
const THREADS: usize = 4;

/// When the whole test is given up: long after it must have ended.
const DEADLINE: Duration = Duration::from_secs(45 * 60);

fn main() -> ExitCode {
    match perform(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => process::report("cluster test", &error),
    }
}

/// Runs the test and prints what was measured.
fn perform(options: &Options) -> Result<()> {
    interruption::watch()?;
    let workspace = Workspace::locate()?;
    let program = match &options.server {
        Some(named) => named.clone(),
        None => server::build(&workspace)?,
    };
    let before = match &options.rolling_update_from {
        None => None,
        Some(Some(named)) => Some(named.clone()),
        Some(None) => Some(release_before::build(&workspace)?),
    };
    let postgres = Cluster::start(&Settings {
        durability: Durability::Durable,
        max_connections: 200,
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    let findings = Arc::new(Findings::new());
    let started = Instant::now();
    let found = Arc::clone(&findings);
    let test = async {
        match before {
            None => test(program, postgres, options, found).await,
            Some(before) => rolling_update::test(before, program, postgres, options, found).await,
        }
    };
    let limited = async { tokio::time::timeout(DEADLINE, test).await? };
    let result = runtime.block_on(unless_interrupted(limited));
    runtime.shutdown_background();
    println!("cluster test: {:.0} s", started.elapsed().as_secs_f64());
    match (findings.shown(), result) {
        (None, result) => result,
        (Some(wrong), Ok(())) => bail!(wrong),
        (Some(wrong), Err(error)) => bail!("{wrong}\n{error:#}"),
    }
}

async fn test(
    program: PathBuf,
    postgres: Cluster,
    options: &Options,
    findings: Arc<Findings>,
) -> Result<()> {
    let kinds = (options.extent().of_each_kind, &Kind::ALL[..]);
    let started = setup::start(&program, COUNT, &postgres, findings, kinds);
    let (nodes, cluster) = started.await?;
    other_keys::create(&postgres.url(), options.keys).await?;
    cluster.records.forget_history();
    let watchers = Watchers::start(&cluster).await?;
    cluster.window.close();
    let load = load::start_verifications(&cluster, options.connections.into());
    let mut run = TestRun {
        nodes,
        postgres,
        standby: None,
        following: JoinSet::new(),
        cluster,
        watchers,
        report: Report::default(),
    };
    let result = phases::run(&mut run, options).await;
    run.report.print();
    if result.is_err() || run.cluster.findings.shown().is_some() {
        run.nodes.save_logs()?;
    }
    run.watchers.compare(&run.cluster);
    result?;
    load.end().await
}
