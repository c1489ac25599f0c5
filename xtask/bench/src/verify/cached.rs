//! Keys that are in memory: few against a handler that does nothing, and many
//! against few, with the memory that they take.

use crate::{
    bench::Bench,
    dataset::Dataset,
    keys::write_stored,
    table::{Aim, count},
    variant::{Variant, compare},
    verify::load::{CONNECTIONS, HOT_KEYS, REST, hot_keys, warmed_up},
};
use anyhow::Result;
use std::time::Duration;
use xtask_harness::usage::resident_megabytes;

/// How long it may take to verify each key once.
const LIMIT: Duration = Duration::from_secs(600);

/// Space for a million keys and more, which the default has not.
const CACHE: (&str, &str) = ("APIKEY_CACHE_BYTES", "1073741824");

/// Compares few keys, without metrics and as shipped, with an empty handler.
pub(super) fn few(bench: &Bench) -> Result<()> {
    let datasets = [hot_keys(bench)?, hot_keys(bench)?];
    let [first, second] = datasets.each_ref().map(|dataset| &dataset.database);
    let empty = bench.serve_bare(first, None)?;
    let quiet = bench.serve(first, &[("APIKEY_METRICS", "off")])?;
    let shipped = bench.serve(second, &[])?;
    let mut variants = [
        warmed_up(bench, "an empty handler", &empty, HOT_KEYS)?,
        warmed_up(bench, "without metrics", &quiet, HOT_KEYS)?,
        warmed_up(bench, "as shipped", &shipped, HOT_KEYS)?,
    ];
    let keys = count(HOT_KEYS);
    let subject = format!("/auth/verify, {keys} keys in memory, {CONNECTIONS} connections,");
    let mut table = compare(bench, &mut variants, bench.scale.turn, &subject)?;
    let [empty, quiet, shipped] = variants.map(|variant| variant.measurements);
    quiet.ratios(&mut table, &empty, 0.8, Some(Aim::AtMost(1.3)));
    shipped.ratios(&mut table, &empty, 0.75, Some(Aim::AtMost(1.3)));
    table.print()
}

/// Compares many keys, those of each dataset, with few.
pub(super) fn many(bench: &Bench, datasets: &[&Dataset]) -> Result<()> {
    let few = hot_keys(bench)?;
    let (mut servers, mut variants, mut bytes_each) = (Vec::new(), Vec::new(), Vec::new());
    for dataset in [&[&few], datasets].concat() {
        let server = bench.serve(&dataset.database, &[CACHE])?;
        let name = format!("{} keys", count(dataset.keys));
        let variant = warmed_up(bench, &name, &server, dataset.keys)?;
        bytes_each.push(fill(&variant, dataset.keys)?);
        variants.push(variant);
        servers.push(server);
    }
    let subject = format!("/auth/verify, keys in random order, {CONNECTIONS} connections,");
    let mut table = compare(bench, &mut variants, bench.scale.turn, &subject)?;
    let few = &variants[0].measurements;
    for (variant, bytes) in variants.iter().zip(bytes_each).skip(1) {
        variant.measurements.ratios(&mut table, few, 0.9, None);
        let label = format!("{}: memory each, bytes", variant.measurements.name);
        table.row(label, bytes, Aim::AtMost(250.0));
    }
    table.print()
}

/// Verifies each key once and returns the bytes of memory that it took. The hot
/// ones were in memory before.
fn fill(variant: &Variant, keys: u64) -> Result<f64> {
    let before = settled(variant)?;
    let mut numbers = 0..keys;
    let mut each_once = |key: &mut [u8]| {
        let number = numbers.next();
        number.map(|number| write_stored(number, key)).is_some()
    };
    variant.run(&mut each_once, LIMIT)?;
    let bytes = (settled(variant)? - before) * 1024.0 * 1024.0;
    Ok(bytes / (keys - HOT_KEYS) as f64)
}

/// Returns the megabytes that a server takes once it has written what was used.
fn settled(variant: &Variant) -> Result<f64> {
    std::thread::sleep(REST);
    resident_megabytes(variant.process)
}
