//! A page of a list, in small and large tables.

use std::time::Duration;

use anyhow::{Result, ensure};
use xtask_harness::client::Client;
use xtask_harness::request::{Credentials, Request};
use xtask_harness::server::Server;

use crate::bench::Bench;
use crate::dataset::{Dataset, KEYS_EACH};
use crate::keys::{stored, write_stored};
use crate::load::closed_loop::{self, Group};
use crate::load::template::Template;
use crate::measurements::Measurements;
use crate::table::{Aim, Table, count};

/// How many users ask for their lists, in turns: as many as the smallest table
/// has.
const USERS: u64 = 10;

/// How many connections ask at once when it is about throughput.
const CONNECTIONS: usize = 8;

/// A server on a table of some size, and what its rounds gave.
struct Lists {
    name: String,
    _dataset: Dataset,
    server: Server,
    alone: Measurements,
    together: Measurements,
}

/// Measures and prints.
pub(crate) fn run(bench: &Bench) -> Result<()> {
    let sizes = bench.scale.table_sizes.into_iter();
    let lists = sizes.map(|size| Lists::prepare(bench, size));
    let mut lists = lists.collect::<Result<Vec<_>>>()?;
    for _ in 0..bench.scale.rounds {
        for list in &mut lists {
            list.measure(bench.scale.turn / 2)?;
        }
    }

    let subject = format!("A page of a user's {KEYS_EACH} keys, scattered over the table,");
    let mut table = Table::new(bench.heading(&subject));
    for list in &lists {
        list.alone.rows(&mut table);
        list.together.rows(&mut table);
    }
    if let [smallest, .., largest] = lists.as_slice() {
        let sizes = format!("{} to {}", largest.name, smallest.name);
        let medians = [largest, smallest].map(|list| &list.alone.median_latency);
        let label = format!("ratio of medians, {sizes}");
        table.row(label, medians[0].ratio_to(medians[1]), Aim::AtMost(1.5));
        let rates = [largest, smallest].map(|list| &list.together.per_second);
        let label = format!("ratio of times at {CONNECTIONS} connections, {sizes}");
        table.row(label, rates[1].ratio_to(rates[0]), None);
    }
    println!("{table}");
    lists.into_iter().try_for_each(|list| list.server.stop())
}

// === impl Lists ===

impl Lists {
    /// Fills a table and starts a server on it.
    fn prepare(bench: &Bench, size: u64) -> Result<Self> {
        let dataset = Dataset::create(bench, size, "management")?;
        let server = bench.serve(&dataset.database, &[])?;
        bench.block_on(check(&server))?;
        let name = format!("{} keys", count(size));
        Ok(Self {
            alone: Measurements::of(format!("{name}, 1 connection")),
            together: Measurements::of(format!("{name}, {CONNECTIONS} connections")),
            name,
            _dataset: dataset,
            server,
        })
    }

    fn measure(&mut self, time: Duration) -> Result<()> {
        for (measurements, connections) in [(&mut self.alone, 1), (&mut self.together, CONNECTIONS)]
        {
            let mut number = 0;
            let group = Group {
                address: self.server.address(),
                connections,
                request: Template::get("/v2/api-keys"),
                fill_slot: &mut |key| {
                    write_stored(number % USERS, key);
                    number += 1;
                    true
                },
                status: 200,
            };
            let process = self.server.process();
            measurements.measure(&[process], || closed_loop::run([group], time))?;
        }
        Ok(())
    }
}

/// Checks that the users' lists are what they must be.
async fn check(server: &Server) -> Result<()> {
    let client = Client::new(server.address())?;
    for number in 0..USERS {
        let key = stored(number);
        let request = Request::get("/v2/api-keys").by(Credentials::Key(&key));
        let list = client.send(&request).await?.expect_ok()?;
        let total = &list["pagination"]["total"];
        ensure!(*total == KEYS_EACH, "a user has {total} keys");
    }
    Ok(())
}
