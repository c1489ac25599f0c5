//! Latency at a rate that leaves the server time to rest.

use crate::{
    bench::Bench,
    keys::in_random_order,
    load::open_loop,
    series::Series,
    table::{Aim, Table, count},
    verify::load::{HOT_KEYS, hot_keys, warmed_up},
};
use anyhow::Result;

/// Requests a second.
const RATE: u32 = 2_000;

/// How many percent of the requests each row is about, and what their latency is
/// meant to be, in milliseconds.
const PERCENTILES: [(f64, Option<Aim>); 3] = [
    (50.0, None),
    (99.0, Some(Aim::AtMost(1.0))),
    (99.9, Some(Aim::AtMost(5.0))),
];

pub(super) fn run(bench: &Bench) -> Result<()> {
    let dataset = hot_keys(bench)?;
    let empty = bench.serve_bare(&dataset.database, None)?;
    let server = bench.serve(&dataset.database, &[])?;
    let variants = [
        warmed_up(bench, "an empty handler", &empty, HOT_KEYS)?,
        warmed_up(bench, "the server", &server, HOT_KEYS)?,
    ];
    let mut latencies: [[Series; 3]; 2] = Default::default();
    let mut keys = in_random_order(HOT_KEYS);
    // A thousandth is few requests, so a turn is longer.
    let turn = 2 * bench.scale.turn;
    for _ in 0..bench.scale.rounds {
        for (variant, series) in variants.iter().zip(&mut latencies) {
            let measured = open_loop::run(variant.group(&mut keys, 200), RATE, turn)?;
            for (series, (percent, _)) in series.iter_mut().zip(PERCENTILES) {
                series.add(measured.milliseconds_at(percent));
            }
        }
    }

    let rate = count(RATE.into());
    let subject = format!("/auth/verify, {rate} requests per second, sent at fixed times,");
    let mut table = Table::new(bench, &subject);
    for (variant, series) in variants.iter().zip(&latencies) {
        for ((percent, aim), series) in PERCENTILES.into_iter().zip(series) {
            let label = format!("{}: p{percent}, ms", variant.measurements.name);
            table.row(label, series, aim);
        }
    }
    table.print()
}
