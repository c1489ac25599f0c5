//! Loads that are compared, in turns.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use xtask_harness::server::Server;

use crate::keys::in_random_order;
use crate::load::closed_loop::{self, FillSlot, Group, Outcome};
use crate::load::template::Template;
use crate::measurements::Measurements;

/// A load that shows a server stored keys, and what its rounds gave.
pub(crate) struct Variant {
    /// What the rounds gave.
    pub(crate) measurements: Measurements,
    /// The server's process.
    pub(crate) process: u32,
    address: SocketAddr,
    connections: usize,
    request: Template,
    /// How many keys are shown, in random order.
    keys: u64,
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
        }
    }

    /// Returns the connections of the load, with other keys.
    pub(crate) fn group<'a>(&self, keys: FillSlot<'a>, status: u16) -> Group<'a> {
        Group {
            address: self.address,
            connections: self.connections,
            request: self.request.clone(),
            fill_slot: keys,
            status,
        }
    }

    /// Shows keys for a time, all of which must be valid.
    pub(crate) fn run(&self, keys: FillSlot<'_>, time: Duration) -> Result<[Outcome; 1]> {
        closed_loop::run([self.group(keys, 200)], time)
    }

    /// Shows some keys for a while before anything counts.
    pub(crate) fn warm_up(&self, keys: u64, time: Duration) -> Result<()> {
        self.run(&mut in_random_order(keys), time).map(drop)
    }
}

/// Measures loads in turns, each for a time in each round.
pub(crate) fn take_turns(variants: &mut [Variant], rounds: usize, time: Duration) -> Result<()> {
    for _ in 0..rounds {
        for variant in &mut *variants {
            let mut keys = in_random_order(variant.keys);
            let group = variant.group(&mut keys, 200);
            let load = || closed_loop::run([group], time);
            variant.measurements.measure(&[variant.process], load)?;
        }
    }
    Ok(())
}
