//! From the start of the process to its first answer, on an empty database.

use crate::{
    bench::Bench,
    series::Series,
    table::{Aim, Table},
};
use anyhow::Result;

pub(crate) fn run(bench: &Bench) -> Result<()> {
    let (mut healthy, mut ready) = (Series::default(), Series::default());
    for _ in 0..2 * bench.scale.rounds {
        let database = bench.block_on(bench.engine.create())?;
        let mut server = bench.spawn(&database, &[])?;
        let answered = bench.block_on(server.until_answered("/healthz"))?;
        healthy.add(answered.as_secs_f64() * 1e3);
        let answered = bench.block_on(server.until_ready())?;
        ready.add(answered.as_secs_f64() * 1e3);
        server.stop()?;
    }
    let mut table = Table::new(bench, "Start to first answer, empty database,");
    table.row("/healthz answers, ms", &healthy, Aim::AtMost(100.0));
    table.row("/readyz answers, ms", &ready, None);
    table.print()
}
