//! Keys created a second with the feed, against the same server on a database
//! that keeps no events; and through three nodes at once.
//!
//! The product has no switch that turns events off, so the database of the
//! baseline throws them away: see [`no_events`], which says what is left.

mod no_events;

use std::time::Duration;

use anyhow::Result;
use xtask_harness::database::Kind;
use xtask_harness::server::Server;

use crate::bench::Bench;
use crate::creates::key_creator::{CONNECTIONS, KeyCreator};
use crate::dataset::Dataset;
use crate::measurements::Measurements;
use crate::table::{Aim, Table};

/// How many nodes share the load where there are several.
const NODES: usize = 3;

/// How many shorter turns a turn is cut into: a shared machine's speed changes
/// within seconds, and a ratio is taken between turns that follow each other.
const SHORTER_TURNS: u32 = 4;

/// One of the clusters that are compared, on a database of its own.
struct Cluster {
    dataset: Dataset,
    servers: Vec<Server>,
    creator: KeyCreator,
    measurements: Measurements,
}

/// Measures and prints.
pub(crate) fn run(bench: &Bench) -> Result<()> {
    if bench.engine.kind() == Kind::Sqlite {
        println!("The feed: SQLite has one writer, so this is left out\n");
        return Ok(());
    }
    let mut clusters = [
        Cluster::start(bench, "with the feed", 1, &[])?,
        Cluster::start(bench, "without it", 1, &no_events::STATEMENTS)?,
        Cluster::start(bench, "nodes together", NODES, &[])?,
    ];
    // Connections are opened and statements prepared before anything counts.
    let turn = bench.scale.turn / SHORTER_TURNS;
    for cluster in &clusters {
        cluster.creator.run(&cluster.servers, turn)?;
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
    let label = format!("ratio of rates, {NODES} nodes to one");
    table.row(label, nodes.ratio_to(shipped), None);
    println!("{table}{}\n", no_events::WHAT_IS_LEFT);
    let [shipped, without, nodes] = clusters;
    shipped.stop(bench, no_events::CHECK_ALL)?;
    without.stop(bench, no_events::CHECK_NONE)?;
    nodes.stop(bench, no_events::CHECK_ALL)
}

// === impl Cluster ===

impl Cluster {
    /// Starts servers on a database that was changed by statements.
    fn start(bench: &Bench, name: &str, nodes: usize, changes: &[&str]) -> Result<Self> {
        let dataset = Dataset::create(bench, 1, "management")?;
        let statements: Vec<_> = changes.iter().map(|&change| change.to_owned()).collect();
        bench.block_on(dataset.database.run_all(&statements))?;
        let settings: &[_] = match changes {
            [] => &[],
            _ => &no_events::SETTINGS,
        };
        let servers = (0..nodes).map(|_| bench.serve(&dataset.database, settings));
        Ok(Self {
            servers: servers.collect::<Result<_>>()?,
            dataset,
            creator: KeyCreator::new(),
            measurements: Measurements::of(name),
        })
    }

    fn measure(&mut self, time: Duration) -> Result<()> {
        let processes: Vec<_> = self.servers.iter().map(Server::process).collect();
        let create = || self.creator.run(&self.servers, time);
        self.measurements.measure(&processes, create).map(drop)
    }

    /// Stops the servers and runs a statement that fails when the database holds
    /// other events than it must.
    fn stop(self, bench: &Bench, check: &str) -> Result<()> {
        self.servers.into_iter().try_for_each(Server::stop)?;
        bench.block_on(self.dataset.database.run_all(&[check.to_owned()]))
    }
}
