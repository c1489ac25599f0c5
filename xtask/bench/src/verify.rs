//! Keys verified, against handlers that do nothing or only read.
//!
//! All that are compared have one worker, get the same requests from the same
//! load and take turns. Uses are recorded meanwhile, as shipped.
//!
//! What is about keys in memory is measured on SQLite only: on PostgreSQL it is
//! the same, with a look at the clock on top.

mod cached;
mod cold;
mod fixed_rate;
mod gateway;
mod load;
mod miss_storm;
mod timing;

use crate::{bench::Bench, dataset::Dataset, verify::load::SCOPE};
use anyhow::Result;
use xtask_harness::database::Kind;
use xtask_programs::workspace::Workspace;

pub(crate) fn run(bench: &mut Bench, workspace: &Workspace) -> Result<()> {
    bench.pinned(|bench| {
        let [_, some, many] = bench.scale.keys;
        let some = Dataset::create(bench, some, SCOPE)?;
        let largest = match bench.engine.kind() {
            Kind::Sqlite => {
                cached::few(bench)?;
                let many = Dataset::create(bench, many, SCOPE)?;
                cold::run(bench, &many)?;
                cached::many(bench, &[&some, &many])?;
                gateway::run(bench, workspace)?;
                many
            }
            Kind::Postgres => {
                println!("Keys in memory are measured on SQLite only\n");
                cold::run(bench, &some)?;
                some
            }
        };
        fixed_rate::run(bench)?;
        miss_storm::run(bench)?;
        timing::run(bench, &largest)
    })
}
