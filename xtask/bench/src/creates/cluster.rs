//! Servers on one database, and the load that creates keys on them.

use crate::{
    bench::Bench,
    dataset::Dataset,
    keys::stored,
    load::{
        closed_loop::{self, Group, Outcome},
        template::Template,
    },
    measurements::Measurements,
};
use anyhow::Result;
use std::time::Duration;
use xtask_harness::server::Server;

/// How many connections there are, on all servers together.
pub(crate) const CONNECTIONS: usize = 64;

/// How many keys there are before: of a table with fewer a database thinks that it need
/// no index.
pub(crate) const KEYS_BEFORE: u64 = 10_000;

/// Servers on one database, and what the load gave.
pub(crate) struct Cluster {
    pub(crate) measurements: Measurements,
    pub(crate) dataset: Dataset,
    servers: Vec<Server>,
    /// The number in the name of the next key.
    next: u64,
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
        let dataset = Dataset::create(bench, KEYS_BEFORE, "management")?;
        for change in changes {
            dataset.execute(bench, change)?;
        }
        let servers = (0..nodes).map(|_| bench.serve(&dataset.database, settings));
        Ok(Self {
            measurements: Measurements::of(name),
            servers: servers.collect::<Result<_>>()?,
            dataset,
            next: KEYS_BEFORE,
        })
    }

    /// Creates keys for a time, on all servers, and keeps the figures.
    pub(crate) fn measure(&mut self, time: Duration) -> Result<()> {
        let processes: Vec<_> = self.servers.iter().map(Server::process).collect();
        let load = || create(&self.servers, &mut self.next, time);
        self.measurements.measure(&processes, load)
    }

    /// Creates keys for a time before anything counts: connections are opened and
    /// statements prepared.
    pub(crate) fn warm_up(&mut self, time: Duration) -> Result<()> {
        create(&self.servers, &mut self.next, time).map(drop)
    }
}

fn create(servers: &[Server], next: &mut u64, time: Duration) -> Result<Vec<Outcome>> {
    let mut fill_slot = |slot: &mut [u8]| {
        slot.copy_from_slice(format!("{next:09}").as_bytes());
        *next += 1;
        true
    };
    let group = Group {
        addresses: servers.iter().map(Server::address).collect(),
        connections: CONNECTIONS,
        request: Template::create_key(&stored(0)),
        fill_slot: &mut fill_slot,
        status: 200,
    };
    closed_loop::run(vec![group], time)
}
