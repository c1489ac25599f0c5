//! `cargo xtask bench`: what the server does, beside what its bare parts do.
//!
//! It is a report and not a test: it fails on errors, never on a figure.
//! Figures of one machine move by tens of percent within a day, so whatever is
//! compared is measured in turns, round by round, and the ratios are taken
//! within a round.

mod bare;
mod bench;
mod cores;
mod creates;
mod dataset;
mod feed;
mod first_uses;
mod keys;
mod lists;
mod load;
mod machine;
mod measurements;
mod memory;
mod neighbors;
mod options;
mod pepper_rotation;
mod series;
mod start;
mod table;
mod variant;
mod verify;

use crate::{
    bench::Bench,
    options::{Benchmark, Options},
};
use anyhow::Result;
use clap::Parser;
use std::process::ExitCode;
use xtask_harness::server;
use xtask_programs::{interruption, process, workspace::Workspace};

fn main() -> ExitCode {
    let options = Options::parse();
    let done = match options.listen {
        Some(address) => bare::server::run(address, options.read_from.as_deref()),
        None => measure(&options),
    };
    done.map_or_else(
        |error| process::report("xtask-bench", &error),
        |()| ExitCode::SUCCESS,
    )
}

/// Measures what the options ask for and prints the figures.
fn measure(options: &Options) -> Result<()> {
    interruption::watch()?;
    let workspace = Workspace::locate()?;
    let program = match &options.server {
        Some(named) => std::path::absolute(named)?,
        None => server::build(&workspace)?,
    };
    print!("{}", machine::describe(&workspace)?);
    for kind in &options.databases {
        let mut bench = Bench::start(program.clone(), *kind, options.scale())?;
        println!("{}\n", machine::database_system(&bench)?);
        for benchmark in &options.benchmarks {
            match benchmark {
                Benchmark::Creates => creates::run(&bench)?,
                Benchmark::Feed => feed::run(&bench)?,
                Benchmark::PepperRotation => bench.on_two_cores(pepper_rotation::run)?,
                Benchmark::FirstUses => bench.on_two_cores(first_uses::run)?,
                Benchmark::Lists => lists::run(&bench)?,
                Benchmark::Start => start::run(&bench)?,
                Benchmark::Memory => memory::run(&bench)?,
                Benchmark::Neighbors => bench.on_two_cores(neighbors::run)?,
                Benchmark::Verify => verify::run(&mut bench, &workspace)?,
            }
        }
    }
    Ok(())
}
