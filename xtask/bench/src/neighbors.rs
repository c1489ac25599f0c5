//! A well-behaved tenant beside loads of another one, on the same two cores.
//!
//! At the same time as the server it asks an empty handler the same: what the load does
//! to that is what sharing two cores costs, and the rest is what sharing the server
//! costs. Each situation takes its turn in each round, on one server.

mod deed;
mod deletion;
mod figures;
mod request;
mod situation;
mod stage;
mod watches;

use crate::{
    bench::Bench,
    load::paced,
    neighbors::{deed::Deed, figures::Figures, situation::Situation, stage::Stage},
};
use anyhow::Result;
use std::time::{Duration, Instant};
use xtask_harness::usage::allow_many_files;
use xtask_programs::interruption;

/// A turn is so many times as long as others: a hundredth of it must be something.
const LONGER_TURNS: u32 = 2;

/// A load that ends by itself is waited for, but at most so many turns.
const LAST_TURNS: u32 = 15;

/// How often it is looked whether a turn is over.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// How much longer than a turn the tenant may be at work, in seconds.
const SLACK: u32 = 2;

pub(crate) fn run(bench: &Bench) -> Result<()> {
    allow_many_files()?;
    let (situations, last) = Situation::all(bench.engine.kind());
    let turn = bench.scale.turn * LONGER_TURNS;
    let turns = (bench.scale.rounds * situations.len()) as u32 + 1 + LAST_TURNS;
    let slack = Duration::from_secs(SLACK.into());
    let mut stage = Stage::build(bench, (turn + slack) * turns)?;
    // What a server does for the first time counts nowhere.
    let mut unused = Figures::default();
    observe(bench, &mut stage, Situation::Undisturbed, turn, &mut unused)?;
    let mut figures = Figures::default();
    for _ in 0..bench.scale.rounds {
        for situation in &situations {
            observe(bench, &mut stage, *situation, turn, &mut figures)?;
        }
    }
    observe(bench, &mut stage, last, turn, &mut figures)?;
    figures.print(bench)
}

/// Lets the tenant work beside a neighbor for a turn, or until the neighbor has done
/// what it does.
fn observe(
    bench: &Bench,
    stage: &mut Stage,
    situation: Situation,
    turn: Duration,
    figures: &mut Figures,
) -> Result<()> {
    stage.until_calm()?;
    let [server, empty] = [&stage.server, &stage.empty].map(|server| server.address());
    let kinds = [stage.supply.kinds(server), stage.supply.empty_kinds(empty)].concat();
    let mut load = situation.start(bench, stage)?;
    let running = paced::start(&kinds);
    let started = Instant::now();
    loop {
        interruption::check()?;
        std::thread::sleep(LOOK_INTERVAL);
        let is_over = load.is_over(bench, stage)?;
        let elapsed = started.elapsed();
        if elapsed >= turn && (is_over || elapsed >= turn * LAST_TURNS) {
            break;
        }
    }
    let worked = started.elapsed();
    let mut of_server = running.end();
    let of_empty = of_server.split_off(Deed::ALL.len());
    let (answers, said) = load.end()?;
    stage.supply.take(worked);
    figures.add(situation, [of_server, of_empty]);
    figures.add_load(situation, answers, said);
    Ok(())
}
