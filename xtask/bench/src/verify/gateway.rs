//! What a question adds to each request behind nginx.

mod nginx;

use std::fs;
use std::time::Duration;

use anyhow::Result;
use xtask_programs::gateways;
use xtask_programs::workspace::Workspace;

use crate::bench::Bench;
use crate::keys::in_random_order;
use crate::load::closed_loop::{self, Group};
use crate::series::Series;
use crate::table::{Aim, Table};
use crate::verify::gateway::nginx::Nginx;
use crate::verify::load::{HOT_KEYS, hot_keys, request};

/// Measures and prints.
pub(super) fn run(bench: &Bench, workspace: &Workspace) -> Result<()> {
    let program = gateways::nginx(workspace)?;
    let shipped = fs::read_to_string(workspace.root().join("docs/gateways/nginx.conf"))?;
    let dataset = hot_keys(bench)?;
    let empty = bench.serve_nothing(&dataset.database)?;
    let server = bench.serve(&dataset.database, &[])?;
    let gateways = [
        Nginx::start(&program, &shipped, None)?,
        Nginx::start(&program, &shipped, Some(empty.address()))?,
        Nginx::start(&program, &shipped, Some(server.address()))?,
    ];
    let mut medians: [Series; 3] = Default::default();
    for gateway in &gateways {
        median(gateway, bench.scale.turn / 4)?;
    }
    for _ in 0..bench.scale.rounds {
        for (gateway, series) in gateways.iter().zip(&mut medians) {
            series.add(median(gateway, bench.scale.turn)?);
        }
    }

    let subject = "Behind nginx as configured in docs/gateways, one connection,";
    let mut table = Table::new(bench.heading(subject));
    let [alone, asking_empty, asking_server] = &medians;
    table.row("nginx that asks nobody, median, µs", alone, None);
    let (by_empty, by_server) = (asking_empty.minus(alone), asking_server.minus(alone));
    table.row("added by asking an empty handler, µs", &by_empty, None);
    table.row("added by asking the server, µs", &by_server, None);
    let ratio = by_server.ratio_to(&by_empty);
    table.row("ratio of what is added", ratio, Aim::AtMost(1.2));
    println!("{table}");
    server.stop()?;
    empty.stop()
}

/// Returns the microseconds within which half of the requests of one connection
/// were answered.
fn median(gateway: &Nginx, time: Duration) -> Result<f64> {
    let group = Group {
        address: gateway.address,
        connections: 1,
        request: request(),
        fill_slot: &mut in_random_order(HOT_KEYS),
        status: 200,
    };
    let [outcome] = closed_loop::run([group], time)?;
    Ok(1e3 * outcome.latencies.milliseconds_at(50.0))
}
