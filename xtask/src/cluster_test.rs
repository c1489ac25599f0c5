//! `cargo xtask cluster-test`: three servers on one PostgreSQL, with faults, and
//! each answer checked against a model.
//!
//! The servers are black boxes. They reach the database through proxies of this
//! process, which can be cut. What is found to be wrong is printed when it is
//! found and again at the end, and fails the command.

mod clock;
mod counts;
mod creators;
mod faults;
mod figures;
mod findings;
mod health;
mod load;
mod manager;
mod nodes;
mod options;
mod phases;
mod questions;
mod records;
mod report;
mod restoring;
mod revokers;
mod rights;
mod scene;
mod setup;
mod stage;
mod stock;
mod subjects;
mod tables;
mod watch;
mod weather;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use xtask_harness::proxy;

use crate::bench;
use crate::cluster_test::findings::Findings;
use crate::cluster_test::load::Load;
use crate::cluster_test::nodes::{Feed, Manner, Nodes};
pub(crate) use crate::cluster_test::options::Options;
use crate::cluster_test::report::Report;
use crate::cluster_test::stage::Stage;
use crate::cluster_test::watch::Watchers;
use crate::postgres::{Cluster, Durability, Settings};
use crate::process;
use crate::workspace::Workspace;

/// How many threads run the load, the proxies and the rest: some wait for others
/// that run, so there are more than cores.
const THREADS: usize = 4;

/// When the whole test is given up: long after it must have ended.
const GIVEN_UP: Duration = Duration::from_secs(45 * 60);

/// How the nodes run at first.
const ORDINARY: Manner = Manner {
    feed: Feed::Listen,
    is_clock_shifted: false,
};

/// Runs the test and prints what was measured.
///
/// # Errors
///
/// When something was wrong, when the cluster cannot be started or does not
/// recover, and `Interrupted` when a signal asked xtask to stop.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    if cfg!(debug_assertions) && !options.short {
        return bench::run_optimised(workspace);
    }
    let program = program(workspace, options)?;
    let cluster = Cluster::start(&Settings {
        durability: Durability::Durable,
        max_connections: 200,
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(THREADS)
        .enable_all()
        .build()?;
    let findings = Arc::new(Findings::new());
    let started = Instant::now();
    let test = test(program, cluster, options, Arc::clone(&findings));
    let result = runtime.block_on(async {
        tokio::select! {
            result = tokio::time::timeout(GIVEN_UP, test) => result?,
            interrupted = bench::interruption() => Err(interrupted.into()),
        }
    });
    runtime.shutdown_background();
    println!("cluster test: {:.0} s", started.elapsed().as_secs_f64());
    if findings.count() > 0 {
        let (count, shown) = (findings.count(), findings.shown());
        let error = result
            .err()
            .map_or(String::new(), |error| format!("\n{error:#}"));
        bail!("{count} answers or states are wrong:\n{shown}{error}");
    }
    result.map(|()| ExitCode::SUCCESS)
}

async fn test(
    program: PathBuf,
    cluster: Cluster,
    options: &Options,
    findings: Arc<Findings>,
) -> Result<()> {
    let extent = options.extent();
    findings.enter("start");
    let nodes = Nodes::start(&program, cluster.port(), ORDINARY).await?;
    let scene = setup::prepare(nodes.addresses(), findings, extent.of_each_kind).await?;
    scene.records.forget_history();
    let watchers = Watchers::start(&scene).await?;
    scene.weather.calm();
    let load = Load::start(&scene, extent.connections);
    let mut stage = Stage {
        nodes,
        cluster,
        scene,
        watchers,
        feed: ORDINARY.feed,
        report: Report::new(),
    };
    let result = phases::run(&mut stage, options).await;
    println!("\n{}", stage.report);
    if result.is_err() || stage.scene.findings.count() > 0 {
        let logs = bench::server_program()?.with_file_name("cluster-test");
        stage.nodes.save_logs(&logs)?;
        println!("the nodes' logs are in {}\n", logs.display());
    }
    for line in stage.watchers.compare(&stage.scene)? {
        println!("{line}");
    }
    if result.is_ok() {
        load.end().await;
    }
    result
}

/// Gives the server's program: the one that was named, or else one that is built
/// now and lies beside xtask's own.
fn program(workspace: &Workspace, options: &Options) -> Result<PathBuf> {
    if let Some(named) = &options.server {
        return Ok(named.clone());
    }
    let mut arguments = vec![
        "build",
        "--workspace",
        "--all-features",
        "--bin",
        "apikey-server",
    ];
    if !cfg!(debug_assertions) {
        arguments.push("--release");
    }
    process::succeed(&mut workspace.cargo(&arguments))?;
    bench::server_program()
}

/// Locks what several tasks share. One that panicked while it held the lock is
/// reported elsewhere, and left nothing half done.
fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
