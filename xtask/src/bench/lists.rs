//! A page of a list, in small and large tables.

mod keys;

use anyhow::{Context, Result};

use crate::bench::Bench;
use crate::bench::database::Database;
use crate::bench::http::{Connection, get};
use crate::bench::lists::keys::{KEYS_EACH, fill};
use crate::bench::load::Load;
use crate::bench::server::Server;
use crate::bench::statistics::Figures;
use crate::bench::table::{Aim, Table, number};
use crate::bench::tenant::{ADMIN, Tenant};

/// How many tenants ask for their lists, in turns: as many as the smallest
/// table has.
const TENANTS: usize = 10;

/// How many connections ask at once when it is about throughput.
const CONNECTIONS: usize = 8;

/// A server on a table of some size, and the figures of its rounds.
struct Stage {
    size: u32,
    server: Server,
    _database: Database,
    alone: Load,
    together: Load,
    median_latency: Figures,
    high_latency: Figures,
    per_second: Figures,
    everything: Figures,
}

/// Measures and prints.
pub(super) fn run(bench: &Bench) -> Result<()> {
    let mut stages = Vec::new();
    for size in bench.extent.table_sizes {
        stages.push(Stage::prepare(bench, size)?);
    }
    for _ in 0..bench.extent.rounds {
        for stage in &mut stages {
            stage.measure(bench)?;
        }
    }
    println!("{}", table(bench, &stages));
    stages.into_iter().try_for_each(|stage| stage.server.stop())
}

// === impl Stage ===

impl Stage {
    /// Fills a table and starts a server on it.
    fn prepare(bench: &Bench, size: u32) -> Result<Self> {
        let database = bench.block_on(bench.engine.create())?;
        let server = bench.serve(&database)?;
        let tenants = bench.block_on(async {
            let mut tenants = Vec::new();
            for number in 0..TENANTS {
                let username = format!("tenant-{number:06}");
                tenants.push(Tenant::create(server.address(), &username).await?);
            }
            anyhow::Ok(tenants)
        })?;
        server.stop()?;
        bench.block_on(fill(&database, size))?;

        let server = bench.serve(&database)?;
        bench.block_on(check(&server, &tenants))?;
        let load = |connections| {
            let tenants = tenants.clone();
            Load::new(server.address(), connections, move |number| {
                let turn = usize::try_from(number).unwrap_or_default() % tenants.len();
                page(&tenants[turn])
            })
        };
        Ok(Self {
            size,
            alone: load(1),
            together: load(CONNECTIONS),
            server,
            _database: database,
            median_latency: Figures::default(),
            high_latency: Figures::default(),
            per_second: Figures::default(),
            everything: Figures::default(),
        })
    }

    fn size_in_words(&self) -> String {
        number(f64::from(self.size), 0)
    }

    fn measure(&mut self, bench: &Bench) -> Result<()> {
        let turn = bench.extent.turn / 2;
        let alone = bench.block_on(self.alone.run(turn))?;
        self.median_latency.add(alone.latencies.milliseconds_at(50));
        self.high_latency.add(alone.latencies.milliseconds_at(99));
        let together = bench.block_on(self.together.run(turn))?;
        self.per_second.add(together.per_second());
        // The password is checked, and remembered, before anything counts.
        let everything = Load::new(self.server.address(), 1, |_| {
            get("/v2/api-keys?user_id=*", ADMIN)
        });
        bench.block_on(everything.run(turn / 10))?;
        let everything = bench.block_on(everything.run(turn / 4))?;
        self.everything
            .add(everything.latencies.milliseconds_at(50));
        Ok(())
    }
}

fn page(tenant: &Tenant) -> Vec<u8> {
    get("/v2/api-keys", tenant.authorization())
}

/// Checks that the tenants' lists are what they must be.
async fn check(server: &Server, tenants: &[Tenant]) -> Result<()> {
    let mut connection = Connection::open(server.address()).await?;
    for tenant in tenants {
        let answer = connection.exchange(&page(tenant)).await?.expect_ok()?;
        let total = format!(r#""total":{KEYS_EACH},"#);
        let found = answer.contains(&total).then_some(());
        found
            .with_context(|| format!("a tenant's list does not have {KEYS_EACH} keys: {answer}"))?;
    }
    Ok(())
}

fn table(bench: &Bench, stages: &[Stage]) -> Table {
    let subject = format!("A page of a tenant's {KEYS_EACH} keys, scattered over the table,");
    let mut table = Table::new(bench.heading(&subject));
    for stage in stages {
        let of = |what: &str| format!("{} keys: {what}", stage.size_in_words());
        table.row(&of("median, ms"), &stage.median_latency, 3);
        table.row(&of("99th percentile, ms"), &stage.high_latency, 3);
        let throughput = of(&format!("pages per second, {CONNECTIONS} connections"));
        table.row(&throughput, &stage.per_second, 0);
        table.row(
            &of("an administrator's page of everything, ms"),
            &stage.everything,
            2,
        );
    }
    if let [smallest, .., largest] = stages {
        let sizes = format!(
            "{} to {} keys",
            largest.size_in_words(),
            smallest.size_in_words()
        );
        let ratio = largest.median_latency.ratio_to(&smallest.median_latency);
        table.aimed(
            &format!("ratio of medians, {sizes}"),
            &ratio,
            2,
            Aim::AtMost(1.5),
        );
        let ratio = smallest.per_second.ratio_to(&largest.per_second);
        table.row(
            &format!("ratio of times at {CONNECTIONS} connections"),
            &ratio,
            2,
        );
    }
    table
}
