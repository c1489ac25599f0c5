//! The load of verifications.

use crate::{bench::Bench, dataset::Dataset, variant::Variant};
use anyhow::Result;
use std::time::Duration;
use xtask_harness::server::Server;

/// How many connections ask at once.
pub(super) const CONNECTIONS: usize = 64;

/// How many keys are "in memory": few enough to be in the processor's cache, too.
pub(super) const HOT_KEYS: u64 = 1_000;

/// How long the server is left alone until it has written what was used.
pub(super) const REST: Duration = Duration::from_secs(7);

/// What keys are for. It is asked for by name, as a gateway should.
pub(super) const SCOPE: &str = "inference";

/// What is asked.
pub(super) const PATH: &str = "/auth/verify?scope=inference";

/// Returns a database with the keys that are in memory once they were used.
pub(super) fn hot_keys(bench: &Bench) -> Result<Dataset> {
    Dataset::create(bench, HOT_KEYS, SCOPE)
}

/// Returns a load that verifies so many keys in random order. The keys in memory
/// are verified for a while before anything counts.
pub(super) fn warmed_up(bench: &Bench, name: &str, server: &Server, keys: u64) -> Result<Variant> {
    let variant = Variant::new(name, server, PATH, CONNECTIONS, keys);
    variant.warm_up(HOT_KEYS, bench.scale.turn / 4)?;
    Ok(variant)
}
