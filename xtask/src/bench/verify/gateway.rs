//! What a question adds to each request behind nginx.

mod nginx;

use anyhow::Result;

use crate::bench::server::BareTask;
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table};
use crate::bench::verify::closed_loop::{self, Group};
use crate::bench::verify::gateway::nginx::Nginx;
use crate::bench::verify::stage::{HOT_KEYS, Stage, in_random_order};
use crate::bench::verify::stock::Stock;

/// Measures and prints.
pub(super) fn run(stage: &Stage<'_>) -> Result<()> {
    let configuration = stage.bench.root.join("docs/gateways/nginx.conf");
    let Some(shipped) = nginx::shipped(&configuration)? else {
        println!("Behind nginx: nginx is not there, so this is left out");
        return Ok(());
    };
    let stock = Stock::make(stage, HOT_KEYS)?;
    let empty = stage.serve_bare(&stock.database, BareTask::Nothing)?;
    let server = stage.serve(&stock.database, &[])?;
    let gateways = [
        Nginx::start(&shipped, None)?,
        Nginx::start(&shipped, Some(empty.address()))?,
        Nginx::start(&shipped, Some(server.address()))?,
    ];
    let mut medians: [Figures; 3] = Default::default();
    let turn = stage.bench.extent.turn;
    for gateway in &gateways {
        median(stage, gateway, turn / 4)?;
    }
    for _ in 0..stage.bench.extent.rounds {
        for (gateway, figures) in gateways.iter().zip(&mut medians) {
            figures.add(median(stage, gateway, turn)?);
        }
    }
    println!("{}", table(stage, &medians));
    server.stop()?;
    empty.stop()
}

/// Gives the microseconds within which half of the requests of one connection
/// were answered.
fn median(stage: &Stage<'_>, gateway: &Nginx, time: std::time::Duration) -> Result<f64> {
    let group = Group {
        connections: 1,
        next_key: &mut in_random_order(HOT_KEYS),
        status: 200,
    };
    let outcomes = closed_loop::run(gateway.address(), &stage.request, &mut [group], time)?;
    let medians = outcomes.iter().map(|one| one.latencies.milliseconds_at(50));
    Ok(1e3 * medians.sum::<f64>())
}

fn table(stage: &Stage<'_>, [alone, empty, server]: &[Figures; 3]) -> Table {
    let subject = "Behind nginx as configured in docs/gateways, one connection,";
    let mut table = Table::new(stage.bench.heading(subject));
    table.row("nginx that asks nobody, median, µs", alone, 1);
    let (empty, server) = (empty.minus(alone), server.minus(alone));
    table.row("added by asking a handler that does nothing, µs", &empty, 1);
    table.row("added by asking the server, µs", &server, 1);
    let ratio = server.ratio_to(&empty);
    table.aimed("ratio of what is added", &ratio, 2, Aim::AtMost(1.2));
    table
}
