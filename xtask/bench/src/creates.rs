//! Keys created a second, against bare inserts of the same row.

pub(crate) mod cluster;

use crate::{
    bare::inserts::{BareInserts, without_triggers},
    bench::Bench,
    creates::cluster::{CONNECTIONS, Cluster, KEYS_BEFORE},
    dataset::Dataset,
    series::Series,
    table::{Aim, Table},
};
use anyhow::Result;
use xtask_harness::database::Kind;

pub(crate) fn run(bench: &Bench) -> Result<()> {
    let mut server = Cluster::start(bench, "creates", 1, &[], &[])?;
    let dataset = Dataset::create(bench, KEYS_BEFORE, "management")?;
    dataset.execute(bench, without_triggers(bench.engine.kind()))?;
    let bare = BareInserts::open(&dataset)?;
    let (turn, mut inserted) = (bench.scale.turn, Series::default());
    server.warm_up(turn / 4)?;
    bare.run(turn / 4)?;
    for _ in 0..bench.scale.rounds {
        server.measure(turn)?;
        inserted.add(bare.run(turn)?);
    }

    let aim = match bench.engine.kind() {
        Kind::Sqlite => 2.0,
        Kind::Postgres => 0.7,
    };
    let subject = format!("Creates over HTTP at {CONNECTIONS} connections");
    let mut table = Table::new(bench, &subject);
    server.measurements.rows(&mut table);
    table.row("bare inserts: rows per second", &inserted, None);
    let ratio = server.measurements.per_second.ratio_to(&inserted);
    table.row("ratio of rates", ratio, Aim::AtLeast(aim));
    table.print()
}
