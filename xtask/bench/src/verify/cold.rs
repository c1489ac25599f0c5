//! Keys that the server has never seen, against the bare read of their rows.

use std::time::Duration;

use anyhow::Result;
use xtask_harness::server::Server;

use crate::bench::Bench;
use crate::dataset::Dataset;
use crate::keys::write_stored;
use crate::measurements::Measurements;
use crate::series::Series;
use crate::table::{Aim, Table};
use crate::usage::ProcessorTimes;
use crate::verify::load::{CONNECTIONS, REST, verify};

/// Measures and prints. The server is started anew for each round; a round
/// goes on with the keys after those of the last, so that they were not used
/// for a while either.
pub(super) fn run(bench: &Bench, dataset: &Dataset) -> Result<()> {
    let bare = bench.serve_reads(&dataset.database)?;
    let mut read = Measurements::of("a handler that reads the row");
    let mut verified = Measurements::of("the server");
    // As the server's processor time, with the writing of what was used.
    let mut whole_time = Series::default();
    let mut first = 0;
    for _ in 0..bench.scale.rounds {
        measure(bench, dataset, &bare, &mut read, first)?;
        let server = bench.serve(&dataset.database, &[])?;
        let before = ProcessorTimes::now(&[server.process()])?;
        let seen = measure(bench, dataset, &server, &mut verified, first)?;
        std::thread::sleep(REST);
        let used = ProcessorTimes::now(&[server.process()])?.since(before);
        whole_time.add(used.servers.as_secs_f64() * 1e6 / seen as f64);
        server.stop()?;
        first = (first + seen) % dataset.keys;
    }

    let subject = format!("/auth/verify, each key for the first time, {CONNECTIONS} connections,");
    let mut table = Table::new(bench.heading(&subject));
    read.rows(&mut table);
    verified.rows(&mut table);
    let label = "the server: processor time each, with the recording of uses, µs";
    table.row(label, &whole_time, None);
    let ratio = verified.per_second.ratio_to(&read.per_second);
    table.row("ratio of rates", ratio, Aim::AtLeast(0.8));
    let ratio = verified.server_time.ratio_to(&read.server_time);
    table.row("ratio of processor times", ratio, None);
    println!("{table}");
    bare.stop()
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
    let turn = bench.scale.turn;
    verify(server, &mut next_key, turn.min(Duration::from_secs(4)) / 8)?;
    let load = || verify(server, &mut next_key, turn);
    measurements.measure(&[server.process()], load)?;
    Ok(seen)
}
