//! Many keys in random order, against few, and the memory that they take.

use std::time::{Duration, Instant};

use anyhow::Result;
use xtask_harness::server::Server;

use crate::bench::Bench;
use crate::dataset::Dataset;
use crate::keys::write_stored;
use crate::table::{Aim, Table, count};
use crate::usage::resident_megabytes;
use crate::verify::load::{
    CONNECTIONS, HOT_KEYS, REST, Variant, hot_keys, take_turns, verify, warm_up,
};

/// How long it may take to verify each key once.
const LIMIT: Duration = Duration::from_secs(600);

/// Space for a million keys and more, which the default has not.
const CACHE: (&str, &str) = ("APIKEY_CACHE_BYTES", "1073741824");

/// What it took to have all keys in memory.
struct Filling {
    /// Bytes of memory for each key.
    bytes_each: f64,
    /// Keys seen for the first time a second.
    per_second: f64,
}

/// Measures and prints.
pub(super) fn run(bench: &Bench, datasets: &[&Dataset]) -> Result<()> {
    let few = hot_keys(bench)?;
    let (mut variants, mut fillings) = (Vec::new(), Vec::new());
    for dataset in [&[&few], datasets].concat() {
        let server = bench.serve(&dataset.database, &[CACHE])?;
        warm_up(bench, &server)?;
        fillings.push(fill(&server, dataset.keys)?);
        let name = format!("{} keys", count(dataset.keys));
        variants.push(Variant::new(name, server, dataset.keys));
    }
    take_turns(bench, &mut variants)?;

    let subject = format!("/auth/verify, keys in random order, {CONNECTIONS} connections,");
    let mut table = Table::new(bench.heading(&subject));
    for variant in &variants {
        variant.measurements.rows(&mut table);
    }
    let few = &variants[0].measurements;
    for (variant, filling) in variants.iter().zip(&fillings).skip(1) {
        variant.measurements.ratios(&mut table, few, 0.9);
        let of = |figure: &str| format!("{} keys: {figure}", count(variant.keys));
        let label = of("memory each, bytes");
        table.row(label, filling.bytes_each, Aim::AtMost(250.0));
        table.row(of("first seen per second"), filling.per_second, None);
    }
    println!("{table}");
    let mut variants = variants.into_iter();
    variants.try_for_each(|variant| variant.server.stop())
}

/// Verifies each key once.
fn fill(server: &Server, keys: u64) -> Result<Filling> {
    let before = settled(server)?;
    let mut numbers = 0..keys;
    let mut each_once = |key: &mut [u8]| {
        let number = numbers.next();
        number.map(|number| write_stored(number, key)).is_some()
    };
    let started = Instant::now();
    verify(server, &mut each_once, LIMIT)?;
    let per_second = keys as f64 / started.elapsed().as_secs_f64();
    let bytes = (settled(server)? - before) * 1024.0 * 1024.0;
    // The hot ones were in memory before.
    let bytes_each = bytes / (keys - HOT_KEYS) as f64;
    Ok(Filling {
        bytes_each,
        per_second,
    })
}

/// Returns the megabytes that a server takes once it has written what was used.
fn settled(server: &Server) -> Result<f64> {
    std::thread::sleep(REST);
    resident_megabytes(server.process())
}
