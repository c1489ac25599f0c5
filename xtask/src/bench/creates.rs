//! Keys created a second, against bare inserts of the same row.

mod bare;

use anyhow::Result;

use crate::bench::Bench;
use crate::bench::creates::bare::BareInserts;
use crate::bench::database::Kind;
use crate::bench::http::post;
use crate::bench::load::Load;
use crate::bench::server::Server;
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table};
use crate::bench::tenant::Tenant;
use crate::bench::usage::ProcessorTimes;

const CONNECTIONS: usize = 64;

/// The figures of the rounds.
#[derive(Default)]
struct Rounds {
    created: Figures,
    inserted: Figures,
    median_latency: Figures,
    high_latency: Figures,
    server_time: Figures,
    load_time: Figures,
    machine_time: Figures,
}

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> Result<()> {
    let database = bench.block_on(bench.engine.create())?;
    let server = bench.serve(&database)?;
    let tenant = bench.block_on(Tenant::create(server.address(), "creator"))?;
    let load = Load::new(server.address(), CONNECTIONS, move |number| {
        let body = format!(r#"{{"name":"bench-{number:09}"}}"#);
        post("/v2/api-keys", tenant.authorization(), &body)
    });
    let mut bare = BareInserts::prepare(bench)?;

    // Connections are opened and statements prepared before anything counts.
    let warm_up = bench.extent.turn / 4;
    bench.block_on(load.run(warm_up))?;
    bare.run(warm_up)?;

    let mut rounds = Rounds::default();
    for _ in 0..bench.extent.rounds {
        rounds.create(bench, &server, &load)?;
        rounds.inserted.add(bare.run(bench.extent.turn)?);
    }
    server.stop()?;
    println!("{}", rounds.table(bench, &bare));
    Ok(())
}

// === impl Rounds ===

impl Rounds {
    fn create(&mut self, bench: &Bench, server: &Server, load: &Load) -> Result<()> {
        let before = ProcessorTimes::now(server.process())?;
        let outcome = bench.block_on(load.run(bench.extent.turn))?;
        let used = ProcessorTimes::now(server.process())?.since(before);
        self.created.add(outcome.per_second());
        self.median_latency
            .add(outcome.latencies.milliseconds_at(50));
        self.high_latency.add(outcome.latencies.milliseconds_at(99));
        self.server_time.add(outcome.microseconds_each(used.server));
        self.load_time.add(outcome.microseconds_each(used.own));
        self.machine_time
            .add(outcome.microseconds_each(used.machine));
        Ok(())
    }

    fn table(&self, bench: &Bench, bare: &BareInserts) -> Table {
        let aim = match bench.engine.kind() {
            Kind::Sqlite => 2.0,
            Kind::Postgres => 0.7,
        };
        let inserts = format!("bare inserts, {}, per second", bare.describe());
        let ratio = self.created.ratio_to(&self.inserted);
        let subject = format!("Creates over HTTP at {CONNECTIONS} connections");
        let mut table = Table::new(bench.heading(&subject));
        table.row("creates per second", &self.created, 0);
        table.row(&inserts, &self.inserted, 0);
        table.aimed("ratio", &ratio, 2, Aim::AtLeast(aim));
        table.row("median latency, ms", &self.median_latency, 2);
        table.row("99th percentile, ms", &self.high_latency, 2);
        table.row("processor time each, server, µs", &self.server_time, 0);
        table.row("processor time each, load, µs", &self.load_time, 0);
        table.row("processor time each, machine, µs", &self.machine_time, 0);
        table
    }
}
