//! `cargo xtask attack`: the server under attack, row by row, with figures.
//!
//! The server is a black box. Each row starts one of its own, attacks it as no
//! client of the field would, and compares what became of it with a limit.

mod cores;
mod edges;
mod empty_handler;
mod heads;
mod held_back;
mod keys_rights;
mod large;
mod log_loss;
mod memory;
mod never_reads;
mod options;
mod report;
mod target;
mod together;
mod verifier;
mod wire;

use crate::{
    options::Options,
    report::{Checks, Report},
    target::Attack,
};
use anyhow::{Result, bail};
use clap::Parser;
use futures_util::{StreamExt, future::LocalBoxFuture, stream};
use std::{path::Path, process::ExitCode, time::Instant};
use xtask_harness::{
    database::{Engine, Kind},
    interruption::unless_interrupted,
    server,
    usage::allow_many_files,
};
use xtask_programs::{interruption, process, workspace::Workspace};

/// A row, with its number.
type Row = (u8, fn(&Attack) -> LocalBoxFuture<'_, Result<Checks>>);

/// Every row that may run beside others.
const ROWS: [Row; 8] = [
    (1, |attack| Box::pin(never_reads::run(attack))),
    (2, |attack| Box::pin(heads::run(attack))),
    (3, |attack| Box::pin(held_back::run(attack))),
    (4, |attack| Box::pin(large::run(attack))),
    (5, |attack| Box::pin(log_loss::run(attack))),
    (6, |attack| {
        Box::pin(keys_rights::foreign_organizations(attack))
    }),
    (7, |attack| Box::pin(keys_rights::own_password(attack))),
    (8, |attack| Box::pin(edges::run(attack))),
];

/// The row that runs alone.
const TOGETHER: Row = (9, |attack| Box::pin(together::run(attack)));

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.listen {
        Some(address) => empty_handler::run(address),
        None => perform(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => process::report("attack", &error),
    }
}

/// Runs the rows and prints what they gave.
fn perform(options: &Options) -> Result<()> {
    interruption::watch()?;
    allow_many_files()?;
    cores::stay_on_two()?;
    let program = match &options.binary {
        Some(named) => named.clone(),
        None => server::build(&Workspace::locate()?)?,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let started = Instant::now();
    let mut report = Report::default();
    let done = runtime.block_on(unless_interrupted(run(options, &program, &mut report)));
    runtime.shutdown_background();
    report.print()?;
    println!("attack: {:.0} s", started.elapsed().as_secs_f64());
    done?;
    match report.failed() {
        0 => Ok(()),
        failed => bail!("{failed} checks failed"),
    }
}

/// Runs all rows: one after the other, or, if it is to be quick, at the same time.
async fn run(options: &Options, program: &Path, report: &mut Report) -> Result<()> {
    let kinds = options.database.kinds();
    let extent = options.extent();
    let attack = |kind: &Kind| {
        anyhow::Ok(Attack {
            program: program.to_owned(),
            engine: Engine::start(*kind)?,
            extent,
        })
    };
    let attacks: Vec<_> = kinds.iter().map(attack).collect::<Result<_>>()?;
    let at_once = if extent.is_quick { usize::MAX } else { 1 };
    // What is compared with an empty handler has the machine to itself.
    for rows in [&ROWS[..], &[TOGETHER]] {
        let chosen = rows.iter().filter(|(number, _)| options.includes(*number));
        let chosen = chosen.flat_map(|row| attacks.iter().map(move |attack| run_row(row, attack)));
        let mut done = stream::iter(chosen).buffered(at_once);
        while let Some((number, kind, checks)) = done.next().await {
            report.add(number, kind, checks);
        }
    }
    Ok(())
}

async fn run_row((number, row): &Row, attack: &Attack) -> (u8, Kind, Checks) {
    let kind = attack.engine.kind();
    let started = Instant::now();
    let checks = Checks::of(row(attack).await);
    let seconds = started.elapsed().as_secs_f64();
    println!("row {number} on {kind}: {seconds:.0} s");
    (*number, kind, checks)
}
