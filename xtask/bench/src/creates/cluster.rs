//! Servers on one database, and the load that creates keys on them.

use std::cell::Cell;
use std::time::Duration;

use anyhow::Result;
use xtask_harness::server::Server;

use crate::bench::Bench;
use crate::dataset::Dataset;
use crate::keys::stored;
use crate::load::closed_loop::{self, Group, Outcome};
use crate::load::template::Template;
use crate::measurements::Measurements;

/// How many connections there are, on all servers together.
pub(crate) const CONNECTIONS: usize = 64;

/// How many groups they form, which go round the servers.
const GROUPS: usize = 3;

/// Servers on one database, and what the load gave.
pub(crate) struct Cluster {
    /// What the rounds gave.
    pub(crate) measurements: Measurements,
    dataset: Dataset,
    servers: Vec<Server>,
    /// The number in the name of the next key. The database begins with one key.
    next: Cell<u64>,
}

// === impl Cluster ===

impl Cluster {
    /// Starts servers with settings, on a database that statements have changed.
    pub(crate) fn start(
        bench: &Bench,
        name: &str,
        nodes: usize,
        changes: &[&str],
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let dataset = Dataset::create(bench, 1, "management")?;
        for change in changes {
            dataset.execute(bench, change)?;
        }
        let servers = (0..nodes).map(|_| bench.serve(&dataset.database, settings));
        Ok(Self {
            measurements: Measurements::of(name),
            servers: servers.collect::<Result<_>>()?,
            dataset,
            next: Cell::new(1),
        })
    }

    /// Creates keys for a time, on all servers, and keeps the figures.
    pub(crate) fn measure(&mut self, time: Duration) -> Result<()> {
        let processes: Vec<_> = self.servers.iter().map(Server::process).collect();
        let (servers, next) = (&self.servers, &self.next);
        let load = || create(servers, next, time);
        self.measurements.measure(&processes, load).map(drop)
    }

    /// Creates keys for a time before anything counts: connections are opened and
    /// statements prepared.
    pub(crate) fn warm_up(&self, time: Duration) -> Result<()> {
        create(&self.servers, &self.next, time).map(drop)
    }

    /// Runs a statement that fails when the database does not hold what it must.
    pub(crate) fn check(&self, bench: &Bench, statement: &str) -> Result<()> {
        self.dataset.execute(bench, statement)
    }
}

fn create(servers: &[Server], next: &Cell<u64>, time: Duration) -> Result<[Outcome; 1]> {
    let mut fill_slots = [|slot: &mut [u8]| {
        let number = next.replace(next.get() + 1);
        slot.copy_from_slice(format!("{number:09}").as_bytes());
        true
    }; GROUPS];
    let mut index = 0;
    let groups = fill_slots.each_mut().map(|fill_slot| {
        index += 1;
        Group {
            address: servers[index % servers.len()].address(),
            connections: (CONNECTIONS + index - 1) / GROUPS,
            request: Template::create_key(&stored(0)),
            fill_slot,
            status: 200,
        }
    });
    let [mut all, second, third] = closed_loop::run(groups, time)?;
    all.latencies.append(&second.latencies);
    all.latencies.append(&third.latencies);
    Ok([all])
}
