//! Latency at a rate that leaves the server time to rest.

use anyhow::Result;

use crate::bench::server::BareTask;
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table, number};
use crate::bench::verify::open_loop::{self, Schedule};
use crate::bench::verify::stage::{CONNECTIONS, HOT_KEYS, Stage, in_random_order};
use crate::bench::verify::stock::Stock;

/// Requests a second.
const RATE: u32 = 2_000;

/// How many requests of a thousand each row is about.
const PER_MILLE: [(usize, &str); 3] = [(500, "median"), (990, "99 %"), (999, "99.9 %")];

/// Measures and prints.
pub(super) fn run(stage: &Stage<'_>) -> Result<()> {
    let stock = Stock::make(stage, HOT_KEYS)?;
    let empty = stage.serve_bare(&stock.database, BareTask::Nothing)?;
    let server = stage.serve(&stock.database, &[])?;
    let servers = [empty, server];
    let mut sides: [[Figures; 3]; 2] = Default::default();
    let mut keys = in_random_order(HOT_KEYS);
    for server in &servers {
        stage.load(server, &mut keys, stage.bench.extent.turn / 4)?;
    }
    // A thousandth is few requests, so a turn is longer.
    let turn = 2 * stage.bench.extent.turn;
    for _ in 0..stage.bench.extent.rounds {
        for (server, side) in servers.iter().zip(&mut sides) {
            let latencies = open_loop::run(
                server.address(),
                &stage.request,
                CONNECTIONS,
                &mut keys,
                |start| Schedule::new(start, RATE, turn),
            )?;
            for (figures, (per_mille, _)) in side.iter_mut().zip(PER_MILLE) {
                figures.add(latencies.milliseconds_at_per_mille(per_mille));
            }
        }
    }

    let subject = format!(
        "/auth/verify at {} requests per second, whose time to be sent is fixed,",
        number(RATE.into(), 0)
    );
    let mut table = Table::new(stage.bench.heading(&subject));
    let [empty, server] = &sides;
    for ((_, name), figures) in PER_MILLE.iter().zip(empty) {
        let label = format!("a handler that does nothing: {name} answered within, ms");
        table.row(&label, figures, 3);
    }
    let [median, high, highest] = server;
    table.row("the server: median answered within, ms", median, 3);
    let label = "the server: 99 % answered within, ms";
    table.aimed(label, high, 3, Aim::AtMost(1.0));
    let label = "the server: 99.9 % answered within, ms";
    table.aimed(label, highest, 3, Aim::AtMost(5.0));
    println!("{table}");
    servers.into_iter().try_for_each(|server| server.stop())
}
