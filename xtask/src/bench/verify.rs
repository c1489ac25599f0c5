//! Keys verified, against handlers that do nothing or only read.
//!
//! Both sides of each comparison have one worker, get the same requests from
//! the same load and take turns. Uses are recorded meanwhile, as shipped.
//!
//! On PostgreSQL the server remembers nothing, so what is about memory is
//! measured on SQLite only.

mod client;
mod closed_loop;
mod connections;
mod cores;
mod distinct;
mod fill;
mod first_sight;
mod fixed_rate;
mod flood;
mod gateway;
mod hot;
mod keys;
mod open_loop;
mod side;
mod stage;
mod stock;
mod timing;

use anyhow::Result;

use crate::bench::Bench;
use crate::bench::database::Kind;
use crate::bench::verify::stage::Stage;
use crate::bench::verify::stock::Stock;

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> Result<()> {
    let stage = Stage::take(bench)?;
    println!("/auth/verify: {}\n", stage.cores.describe());
    let [some, many] = bench.extent.verified_keys;
    match bench.engine.kind() {
        Kind::Sqlite => {
            hot::run(&stage)?;
            println!();
            let (some, many) = (Stock::make(&stage, some)?, Stock::make(&stage, many)?);
            first_sight::run(&stage, &many)?;
            println!();
            distinct::run(&stage, &[&some, &many])?;
            println!();
            gateway::run(&stage)?;
            println!();
            more(&stage, &many)
        }
        Kind::Postgres => {
            println!("Keys in memory are measured on SQLite only\n");
            let some = Stock::make(&stage, some)?;
            first_sight::run(&stage, &some)?;
            println!();
            more(&stage, &some)
        }
    }
}

/// Measures what is the same on both databases.
fn more(stage: &Stage<'_>, stock: &Stock) -> Result<()> {
    fixed_rate::run(stage)?;
    println!();
    flood::run(stage)?;
    println!();
    timing::run(stage, stock)
}
