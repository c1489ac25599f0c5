//! Keys that the server has never seen, against the bare read of their rows.

use crate::{
    bench::Bench,
    dataset::Dataset,
    keys::write_stored,
    measurements::Measurements,
    table::Table,
    variant::Variant,
    verify::load::{CONNECTIONS, PATH, REST},
};
use anyhow::Result;
use std::time::Duration;
use xtask_harness::server::Server;

/// The server is started anew for each round; a round goes on with the keys after
/// those of the last, so that they were not used for a while either.
pub(super) fn run(bench: &Bench, dataset: &Dataset) -> Result<()> {
    let bare = bench.serve_bare(&dataset.database, Some(dataset.database.url()))?;
    let mut read = Measurements::of("a handler that reads the row");
    let mut verified = Measurements::of("the server");
    let mut first = 0;
    for _ in 0..bench.scale.rounds {
        measure(bench, dataset, &bare, &mut read, first)?;
        let server = bench.serve(&dataset.database, &[])?;
        let seen = measure(bench, dataset, &server, &mut verified, first)?;
        std::thread::sleep(REST);
        server.stop()?;
        first = (first + seen) % dataset.keys;
    }

    let subject = format!("/auth/verify, each key for the first time, {CONNECTIONS} connections,");
    let mut table = Table::new(bench, &subject);
    read.rows(&mut table);
    verified.rows(&mut table);
    verified.ratios(&mut table, &read, 0.8, None);
    table.print()
}

/// Verifies keys for a turn, after a short while that does not count, and
/// returns how many there were in all.
fn measure(
    bench: &Bench,
    dataset: &Dataset,
    server: &Server,
    measurements: &mut Measurements,
    first: u64,
) -> Result<u64> {
    let mut seen = 0;
    let mut next_key = |key: &mut [u8]| {
        // The ones after that would not be new any more.
        let is_new = seen < dataset.keys;
        if is_new {
            write_stored((first + seen) % dataset.keys, key);
            seen += 1;
        }
        is_new
    };
    let variant = Variant::new("", server, PATH, CONNECTIONS, dataset.keys);
    let turn = bench.scale.turn;
    variant.run(&mut next_key, turn.min(Duration::from_secs(4)) / 8)?;
    let load = || variant.run(&mut next_key, turn);
    measurements.measure(&[variant.process], load)?;
    Ok(seen)
}
