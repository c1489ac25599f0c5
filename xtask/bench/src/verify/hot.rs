//! Keys that are in memory, against a handler that does nothing.

use anyhow::Result;

use crate::bench::Bench;
use crate::table::{Table, count};
use crate::verify::load::{CONNECTIONS, HOT_KEYS, Variant, hot_keys, take_turns, warm_up};

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> Result<()> {
    let datasets = [hot_keys(bench)?, hot_keys(bench)?];
    let [first, second] = datasets.each_ref().map(|dataset| &dataset.database);
    let empty = bench.serve_nothing(first)?;
    let quiet = bench.serve(first, &[("APIKEY_METRICS", "off")])?;
    let shipped = bench.serve(second, &[])?;
    let mut variants = [
        Variant::new("an empty handler", empty, HOT_KEYS),
        Variant::new("without metrics", quiet, HOT_KEYS),
        Variant::new("as shipped", shipped, HOT_KEYS),
    ];
    for variant in &variants {
        warm_up(bench, &variant.server)?;
    }
    take_turns(bench, &mut variants)?;

    let keys = count(HOT_KEYS);
    let subject = format!("/auth/verify, {keys} keys in memory, {CONNECTIONS} connections,");
    let mut table = Table::new(bench.heading(&subject));
    for variant in &variants {
        variant.measurements.rows(&mut table);
    }
    let [empty, quiet, shipped] = variants.each_ref().map(|variant| &variant.measurements);
    quiet.ratios(&mut table, empty, 0.8);
    shipped.ratios(&mut table, empty, 0.75);
    println!("{table}");
    let mut variants = variants.into_iter();
    variants.try_for_each(|variant| variant.server.stop())
}
