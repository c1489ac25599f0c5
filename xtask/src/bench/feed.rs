//! Keys created a second with the record of changes, against the same server on
//! a database that keeps none; and through three nodes at once.
//!
//! The product has no switch that turns events off, so the database of the
//! baseline throws them away: see [`stand_in`], which tells what is left.

mod side;
mod stand_in;

use anyhow::Result;

use crate::bench::Bench;
use crate::bench::database::Kind;
use crate::bench::feed::side::{Manner, Side};
use crate::bench::table::{Aim, Table};

/// How many connections there are, on all nodes together.
const CONNECTIONS: usize = 64;

/// How many nodes share the load where there are several.
const NODES: usize = 3;

/// How many shorter turns a turn is cut into: a shared machine's speed changes
/// within seconds, and a ratio is taken between turns that follow each other.
const SHORTER_TURNS: u32 = 4;

/// What the feed may cost: of the rate without it, so much is to be left.
const AIM: Aim = Aim::AtLeast(0.8);

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> Result<()> {
    if bench.engine.kind() == Kind::Sqlite {
        println!("The feed: SQLite has one writer, so this is left out");
        return Ok(());
    }
    let mut sides = [
        Side::open(bench, Manner::AsShipped)?,
        Side::open(bench, Manner::WithoutEvents)?,
        Side::open(bench, Manner::Nodes(NODES))?,
    ];
    // Connections are opened and statements prepared before anything counts.
    let turn = bench.extent.turn / SHORTER_TURNS;
    for side in &sides {
        side.create(bench, turn)?;
    }
    for round in 0..bench.extent.rounds * SHORTER_TURNS as usize {
        // Each in turn is the first: what one leaves behind for the disk, such as
        // a checkpoint, is not always paid for by the same other one.
        for place in 0..sides.len() {
            let next = (round + place) % sides.len();
            sides[next].measure(bench, turn)?;
        }
    }
    println!("{}\n{}", table(bench, &sides), stand_in::WHAT_IS_LEFT);
    sides.into_iter().try_for_each(|side| side.close(bench))
}

fn table(bench: &Bench, [shipped, without, nodes]: &[Side; 3]) -> Table {
    let subject = format!("The feed: creates over HTTP at {CONNECTIONS} connections");
    let mut table = Table::new(bench.heading(&subject));
    table.row("with the feed, per second", &shipped.created, 0);
    table.row("without it, per second", &without.created, 0);
    let kept = shipped.created.ratio_to(&without.created);
    table.aimed("ratio", &kept, 2, AIM);
    let label = format!("with the feed, {NODES} nodes together, per second");
    table.row(&label, &nodes.created, 0);
    let shared = nodes.created.ratio_to(&shipped.created);
    table.row("ratio to one node with the feed", &shared, 2);
    let several = format!("{NODES} nodes");
    let sides = [
        ("with the feed", shipped),
        ("without it", without),
        (several.as_str(), nodes),
    ];
    for (what, side) in sides {
        let label = format!("processor time each, servers, µs, {what}");
        table.row(&label, &side.server_time, 0);
    }
    for (what, side) in sides {
        let label = format!("processor time each, machine, µs, {what}");
        table.row(&label, &side.machine_time, 0);
    }
    table
}
