//! Valid keys while others send keys that nobody has.

use crate::{
    bench::Bench,
    keys::{in_random_order, write_unknown},
    load::closed_loop,
    measurements::Measurements,
    table::{Aim, Table, count},
    verify::load::{CONNECTIONS, HOT_KEYS, hot_keys, warmed_up},
};
use anyhow::Result;
use xtask_harness::usage::resident_megabytes;

pub(super) fn run(bench: &Bench) -> Result<()> {
    let dataset = hot_keys(bench)?;
    let server = bench.serve(&dataset.database, &[])?;
    let variant = warmed_up(bench, "", &server, HOT_KEYS)?;

    let (turn, process) = (bench.scale.turn, server.process());
    let mut calm = Measurements::of("others valid, too");
    let mut stormy = Measurements::of("others unknown");
    let (mut before, mut number) = (None, 0);
    let mut unknown = |key: &mut [u8]| {
        number += 1;
        write_unknown(number, key);
        true
    };
    for _ in 0..bench.scale.rounds {
        let (mut valid, mut others) = (in_random_order(HOT_KEYS), in_random_order(HOT_KEYS));
        calm.measure(&[process], || {
            let others = variant.group(&mut others, 200);
            closed_loop::run(vec![variant.group(&mut valid, 200), others], turn)
        })?;
        before = before.or(Some(resident_megabytes(process)?));
        stormy.measure(&[process], || {
            let others = variant.group(&mut unknown, 401);
            closed_loop::run(vec![variant.group(&mut valid, 200), others], turn)
        })?;
    }

    let subject = format!(
        "/auth/verify, {CONNECTIONS} connections with valid keys beside {CONNECTIONS} others,"
    );
    let mut table = Table::new(bench, &subject);
    calm.rows(&mut table);
    stormy.rows(&mut table);
    let ratio = stormy.per_second.ratio_to(&calm.per_second);
    table.row("ratio of valid requests", ratio, Aim::AtLeast(0.7));
    let label = "memory before the first unknown key, MB";
    table.row(label, before.unwrap_or_default(), None);
    let label = format!("memory after {} unknown keys, MB", count(number));
    table.row(label, resident_megabytes(process)?, None);
    table.print()
}
