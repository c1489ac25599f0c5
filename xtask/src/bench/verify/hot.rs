//! Keys that are in memory, against a handler that does nothing.

use anyhow::Result;

use crate::bench::server::BareTask;
use crate::bench::table::{Aim, Table, number};
use crate::bench::verify::side::Side;
use crate::bench::verify::stage::{CONNECTIONS, HOT_KEYS, Stage, in_random_order};
use crate::bench::verify::stock::Stock;

/// Measures and prints.
pub(super) fn run(stage: &Stage<'_>) -> Result<()> {
    let stocks = [Stock::make(stage, HOT_KEYS)?, Stock::make(stage, HOT_KEYS)?];
    let shipped = stage.serve(&stocks[0].database, &[])?;
    let quiet = stage.serve(&stocks[1].database, &[("APIKEY_METRICS", "off")])?;
    let empty = stage.serve_bare(&stocks[0].database, BareTask::Nothing)?;
    let servers = [empty, quiet, shipped];
    let mut sides: [Side; 3] = Default::default();

    let mut keys = in_random_order(HOT_KEYS);
    for server in &servers {
        stage.load(server, &mut keys, stage.bench.extent.turn / 4)?;
    }
    for _ in 0..stage.bench.extent.rounds {
        for (server, side) in servers.iter().zip(&mut sides) {
            let turn = stage.bench.extent.turn;
            side.measure(server, || stage.load(server, &mut keys, turn))?;
        }
    }
    println!("{}", table(stage, &sides));
    servers.into_iter().try_for_each(|server| server.stop())
}

fn table(stage: &Stage<'_>, [empty, quiet, shipped]: &[Side; 3]) -> Table {
    let subject = format!(
        "/auth/verify, {} keys in memory, {CONNECTIONS} connections,",
        number(HOT_KEYS as f64, 0)
    );
    let mut table = Table::new(stage.bench.heading(&subject));
    empty.rows(&mut table, "a handler that does nothing");
    quiet.rows(&mut table, "without metrics");
    shipped.rows(&mut table, "as shipped");
    for (name, side, aim) in [
        ("without metrics", quiet, 0.8),
        ("as shipped", shipped, 0.75),
    ] {
        let rate = side.per_second.ratio_to(&empty.per_second);
        let of = |what: &str| format!("{name}, ratio of {what}");
        table.aimed(&of("requests per second"), &rate, 2, Aim::AtLeast(aim));
        let time = side.server_time.ratio_to(&empty.server_time);
        table.row(&of("processor times"), &time, 2);
        let high = side.high_latency.ratio_to(&empty.high_latency);
        table.aimed(&of("99th percentiles"), &high, 2, Aim::AtMost(1.3));
    }
    table
}
