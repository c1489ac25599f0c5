//! Keys created a second with the feed, against the same server on a database
//! that keeps no events; and through three nodes at once.
//!
//! The product has no switch that turns events off, so the database of the
//! baseline throws them away: see [`no_events`], which says what is left.

mod no_events;

use anyhow::Result;
use xtask_harness::database::Kind;

use crate::bench::Bench;
use crate::creates::cluster::{CONNECTIONS, Cluster};
use crate::feed::no_events::{CHECK_ALL, CHECK_NONE, SETTINGS, STATEMENTS};
use crate::table::{Aim, Table};

/// How many nodes share the load where there are several.
const NODES: usize = 3;

/// How many shorter turns a turn is cut into: a shared machine's speed changes
/// within seconds, and a ratio is taken between turns that follow each other.
const SHORTER_TURNS: u32 = 4;

pub(crate) fn run(bench: &Bench) -> Result<()> {
    if bench.engine.kind() == Kind::Sqlite {
        println!("The feed: SQLite has one writer, so this is left out\n");
        return Ok(());
    }
    let mut clusters = [
        Cluster::start(bench, "with the feed", 1, &[], &[])?,
        Cluster::start(bench, "without it", 1, &STATEMENTS, &SETTINGS)?,
        Cluster::start(bench, "three nodes", NODES, &[], &[])?,
    ];
    let turn = bench.scale.turn / SHORTER_TURNS;
    for cluster in &clusters {
        cluster.warm_up(turn)?;
    }
    for round in 0..bench.scale.rounds * SHORTER_TURNS as usize {
        // Each in turn is the first: what one leaves behind for the disk, such as
        // a checkpoint, is not always paid for by the same other one.
        for place in 0..clusters.len() {
            clusters[(round + place) % clusters.len()].measure(turn)?;
        }
    }

    let subject = format!("The feed: creates over HTTP at {CONNECTIONS} connections");
    let mut table = Table::new(bench.heading(&subject));
    for cluster in &clusters {
        cluster.measurements.rows(&mut table);
    }
    let [shipped, without, nodes] = clusters.each_ref().map(|one| &one.measurements.per_second);
    let label = "ratio of rates, with the feed to without it";
    table.row(label, shipped.ratio_to(without), Aim::AtLeast(0.8));
    let label = "ratio of rates, three nodes to one";
    table.row(label, nodes.ratio_to(shipped), None);
    table.print()?;
    println!("{}\n", no_events::WHAT_IS_LEFT);
    for (cluster, statement) in clusters.iter().zip([CHECK_ALL, CHECK_NONE, CHECK_ALL]) {
        cluster.check(bench, statement)?;
    }
    Ok(())
}
