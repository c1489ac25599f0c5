//! `cargo xtask attack`: the server under attack, row by row, with figures.
//!
//! The server is a black box. Each row starts one of its own, attacks it as no
//! client of the field would, or does to its database or its clock what must not
//! harm it, and compares what became of it with a limit.

mod clients;
mod cores;
mod database;
mod edges;
mod empty_handler;
mod heads;
mod held_back;
mod inputs;
mod keys_rights;
mod large;
mod log_loss;
mod memory;
mod never_reads;
mod options;
mod report;
mod row;
mod target;
mod together;
mod verifier;
mod wire;

use crate::{
    options::{Options, Part},
    report::Report,
    row::{Done, Row},
    target::Attack,
};
use anyhow::{Result, bail};
use clap::Parser;
use futures_util::{StreamExt, stream};
use std::{path::Path, process::ExitCode, time::Instant};
use xtask_harness::{
    database::{Engine, Kind},
    interruption::unless_interrupted,
    server,
    usage::allow_many_files,
};
use xtask_programs::{interruption, process, workspace::Workspace};

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
    let (mut report, mut before) = (Report::default(), Report::default());
    let done = runtime.block_on(unless_interrupted(async {
        if let Some(program) = &options.before {
            run(options, program, Again::Never, &mut before).await?;
        }
        run(options, &program, Again::Alone, &mut report).await
    }));
    runtime.shutdown_background();
    report.print(options.before.as_ref().map(|_| before))?;
    println!("attack: {:.0} s", started.elapsed().as_secs_f64());
    done?;
    match report.failed() {
        0 => Ok(()),
        failed => bail!("{failed} checks failed"),
    }
}

/// Whether a row in which something failed beside others runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    /// Its figures are for comparison.
    Never,
    /// It may be that the machine was too busy for its limits.
    Alone,
}

/// Runs all rows on a program: one after the other, or, if it is to be quick, at
/// the same time.
async fn run(options: &Options, program: &Path, again: Again, report: &mut Report) -> Result<()> {
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
    let (groups, most): (&[&[Row]], _) = match options.part {
        Part::Clients => (&clients::GROUPS, clients::AT_ONCE),
        Part::Database => (&[&database::ROWS], database::AT_ONCE),
        Part::Inputs => (&[inputs::ROWS], inputs::AT_ONCE),
    };
    let at_once = if extent.is_quick { most } else { 1 };
    for rows in groups {
        let chosen = rows.iter().filter(|(number, ..)| options.includes(*number));
        let chosen = chosen.flat_map(|row| {
            let on = |attack: &&Attack| row.1.kinds().contains(&attack.engine.kind());
            attacks
                .iter()
                .filter(on)
                .map(move |attack| row::run(row, attack))
        });
        let mut done = stream::iter(chosen).buffer_unordered(at_once);
        let mut failed = Vec::new();
        while let Some(Done {
            row,
            attack,
            checks,
        }) = done.next().await
        {
            if at_once > 1 && again == Again::Alone && checks.failed().next().is_some() {
                for check in checks.failed() {
                    println!("failed beside others: {check}");
                }
                failed.push((row, attack));
            } else {
                report.add(row.0, attack.engine.kind(), checks);
            }
        }
        for (row, attack) in failed {
            let Done { checks, .. } = row::run(row, attack).await;
            report.add(row.0, attack.engine.kind(), checks);
        }
    }
    Ok(())
}
