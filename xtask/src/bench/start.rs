//! From the start of the process to its first answer, on an empty database.

use anyhow::Result;

use crate::bench::Bench;
use crate::bench::server::Server;
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table};

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> Result<()> {
    let (mut healthy, mut ready) = (Figures::default(), Figures::default());
    for _ in 0..bench.extent.starts {
        let database = bench.block_on(bench.engine.create())?;
        let server = Server::spawn(&bench.program, &database)?;
        let answered = bench.block_on(server.until_answered("/healthz"))?;
        healthy.add(answered.as_secs_f64() * 1e3);
        let answered = bench.block_on(server.until_ready())?;
        ready.add(answered.as_secs_f64() * 1e3);
        server.stop()?;
    }
    let mut table = Table::new(bench.heading("Start to first answer, empty database,"));
    table.aimed("/healthz answers, ms", &healthy, 1, Aim::AtMost(100.0));
    table.row("/readyz answers, ms", &ready, 1);
    println!("{table}");
    Ok(())
}
