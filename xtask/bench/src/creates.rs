//! Keys created a second, against bare inserts of the same row.

pub(crate) mod key_creator;

use std::slice;

use anyhow::Result;
use xtask_harness::database::Kind;

use crate::bare::inserts::BareInserts;
use crate::bench::Bench;
use crate::creates::key_creator::{CONNECTIONS, KeyCreator};
use crate::dataset::Dataset;
use crate::measurements::Measurements;
use crate::series::Series;
use crate::table::{Aim, Table};

/// Measures and prints.
pub(crate) fn run(bench: &Bench) -> Result<()> {
    let datasets = [
        Dataset::create(bench, 1, "management")?,
        Dataset::create(bench, 1, "management")?,
    ];
    let server = bench.serve(&datasets[0].database, &[])?;
    let creator = KeyCreator::new();
    let mut bare = BareInserts::open(&datasets[1].database)?;

    // Connections are opened and statements prepared before anything counts.
    let turn = bench.scale.turn;
    let create = |time| creator.run(slice::from_ref(&server), time);
    create(turn / 4)?;
    bare.run(turn / 4)?;

    let (mut created, mut inserted) = (Measurements::of("creates"), Series::default());
    for _ in 0..bench.scale.rounds {
        created.measure(&[server.process()], || create(turn))?;
        inserted.add(bare.run(turn)?);
    }
    let aim = match bench.engine.kind() {
        Kind::Sqlite => 2.0,
        Kind::Postgres => 0.7,
    };
    let subject = format!("Creates over HTTP at {CONNECTIONS} connections");
    let mut table = Table::new(bench.heading(&subject));
    created.rows(&mut table);
    let label = format!("bare inserts, {}, per second", bare.describe());
    table.row(label, &inserted, None);
    let ratio = created.per_second.ratio_to(&inserted);
    table.row("ratio of rates", ratio, Aim::AtLeast(aim));
    println!("{table}");
    server.stop()
}
