//! Loads that are compared, in turns.

use crate::{
    bench::Bench,
    keys::in_random_order,
    load::{
        closed_loop::{self, FillSlot, Group, Outcome},
        template::Template,
    },
    measurements::Measurements,
    table::Table,
};
use anyhow::Result;
use std::{net::SocketAddr, time::Duration};
use xtask_harness::server::Server;

/// A load that shows a server stored keys, and what its rounds gave.
pub(crate) struct Variant {
    pub(crate) measurements: Measurements,
    pub(crate) process: u32,
    address: SocketAddr,
    connections: usize,
    request: Template,
    /// How many keys are shown, in random order.
    keys: u64,
    /// The status of each answer.
    status: u16,
}

// === impl Variant ===

impl Variant {
    /// Returns a load that was not measured yet.
    pub(crate) fn new(name: &str, server: &Server, path: &str, clients: usize, keys: u64) -> Self {
        Self {
            measurements: Measurements::of(name),
            process: server.process(),
            address: server.address(),
            connections: clients,
            request: Template::get(path),
            keys,
            status: 200,
        }
    }

    /// Expects another status than 200 when it takes its turns.
    pub(crate) fn answered(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Returns the connections of the load, with other keys.
    pub(crate) fn group<'a>(&self, keys: FillSlot<'a>, status: u16) -> Group<'a> {
        Group {
            addresses: vec![self.address],
            connections: self.connections,
            request: self.request.clone(),
            fill_slot: keys,
            status,
        }
    }

    /// Shows keys for a time, all of which must be valid.
    pub(crate) fn run(&self, keys: FillSlot<'_>, time: Duration) -> Result<Vec<Outcome>> {
        closed_loop::run(vec![self.group(keys, 200)], time)
    }

    /// Shows all its keys for a time, and keeps the figures.
    pub(crate) fn take_turn(&mut self, time: Duration) -> Result<()> {
        let mut keys = in_random_order(self.keys);
        let group = self.group(&mut keys, self.status);
        let load = || closed_loop::run(vec![group], time);
        self.measurements.measure(&[self.process], load)
    }

    /// Shows some keys for a while before anything counts.
    pub(crate) fn warm_up(&self, keys: u64, time: Duration) -> Result<()> {
        self.run(&mut in_random_order(keys), time).map(drop)
    }
}

/// Measures loads in turns, each for a time in each round.
pub(crate) fn take_turns(bench: &Bench, variants: &mut [Variant], time: Duration) -> Result<()> {
    for _ in 0..bench.scale.rounds {
        for variant in &mut *variants {
            variant.take_turn(time)?;
        }
    }
    Ok(())
}

/// Measures loads in turns and returns a table of all that came of them.
pub(crate) fn compare(
    bench: &Bench,
    variants: &mut [Variant],
    time: Duration,
    subject: &str,
) -> Result<Table> {
    take_turns(bench, variants, time)?;
    let mut table = Table::new(bench, subject);
    for variant in variants {
        variant.measurements.rows(&mut table);
    }
    Ok(table)
}
