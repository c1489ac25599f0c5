//! The load of verifications, and how servers take turns under it.

use std::time::Duration;

use anyhow::Result;
use xtask_harness::server::Server;

use crate::bench::Bench;
use crate::dataset::Dataset;
use crate::keys::in_random_order;
use crate::load::closed_loop::{self, FillSlot, Group, Outcome};
use crate::load::template::Template;
use crate::measurements::Measurements;

/// How many connections ask at once.
pub(super) const CONNECTIONS: usize = 64;

/// How many keys are "in memory": few enough to be in the processor's cache, too.
pub(super) const HOT_KEYS: u64 = 1_000;

/// How long the server is left alone until it has written what was used.
pub(super) const REST: Duration = Duration::from_secs(7);

/// What keys are for. It is asked for by name, as a gateway should.
pub(super) const SCOPE: &str = "inference";

/// One of the servers that are compared.
pub(super) struct Variant {
    pub(super) server: Server,
    /// How many keys are verified, in random order.
    pub(super) keys: u64,
    pub(super) measurements: Measurements,
}

/// Returns a database with the keys that are in memory once they were used.
pub(super) fn hot_keys(bench: &Bench) -> Result<Dataset> {
    Dataset::create(bench, HOT_KEYS, SCOPE)
}

/// Returns what is asked; the key is its slot.
pub(super) fn request() -> Template {
    Template::get(&format!("/auth/verify?scope={SCOPE}"))
}

/// Returns connections that send keys to a server.
pub(super) fn group<'a>(server: &Server, next_key: FillSlot<'a>, status: u16) -> Group<'a> {
    Group {
        address: server.address(),
        connections: CONNECTIONS,
        request: request(),
        fill_slot: next_key,
        status,
    }
}

/// Verifies keys over all connections, all of which must be valid.
pub(super) fn verify(
    server: &Server,
    next_key: FillSlot<'_>,
    time: Duration,
) -> Result<[Outcome; 1]> {
    closed_loop::run([group(server, next_key, 200)], time)
}

/// Verifies the keys in memory for a while before anything counts.
pub(super) fn warm_up(bench: &Bench, server: &Server) -> Result<()> {
    let mut keys = in_random_order(HOT_KEYS);
    verify(server, &mut keys, bench.scale.turn / 4).map(drop)
}

/// Measures servers round by round and in turns.
pub(super) fn take_turns(bench: &Bench, variants: &mut [Variant]) -> Result<()> {
    for _ in 0..bench.scale.rounds {
        for variant in &mut *variants {
            let mut keys = in_random_order(variant.keys);
            let load = || verify(&variant.server, &mut keys, bench.scale.turn);
            let process = variant.server.process();
            variant.measurements.measure(&[process], load)?;
        }
    }
    Ok(())
}

// === impl Variant ===

impl Variant {
    /// Returns one that was not measured yet.
    pub(super) fn new(name: impl Into<String>, server: Server, keys: u64) -> Self {
        Self {
            server,
            keys,
            measurements: Measurements::of(name),
        }
    }
}
