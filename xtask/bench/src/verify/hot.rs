//! Keys that are in memory, against a handler that does nothing.

use anyhow::Result;

use crate::bench::Bench;
use crate::table::{Aim, Table, count};
use crate::variant::take_turns;
use crate::verify::load::{CONNECTIONS, HOT_KEYS, hot_keys, warmed_up};

pub(super) fn run(bench: &Bench) -> Result<()> {
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
    take_turns(&mut variants, bench.scale.rounds, bench.scale.turn)?;

    let keys = count(HOT_KEYS);
    let subject = format!("/auth/verify, {keys} keys in memory, {CONNECTIONS} connections,");
    let mut table = Table::new(bench.heading(&subject));
    for variant in &variants {
        variant.measurements.rows(&mut table);
    }
    let [empty, quiet, shipped] = variants.each_ref().map(|variant| &variant.measurements);
    quiet.ratios(&mut table, empty, 0.8, Some(Aim::AtMost(1.3)));
    shipped.ratios(&mut table, empty, 0.75, Some(Aim::AtMost(1.3)));
    table.print()
}
