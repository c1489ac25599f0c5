//! A page of a list, in small and large tables.

use anyhow::{Result, ensure};
use xtask_harness::client::Client;
use xtask_harness::request::{Credentials, Request};
use xtask_harness::server::Server;

use crate::bench::Bench;
use crate::dataset::{Dataset, KEYS_EACH};
use crate::keys::stored;
use crate::table::{Aim, Table, count};
use crate::variant::{Variant, take_turns};

/// How many users ask for their lists: as many as the smallest table has.
const USERS: u64 = 10;

/// How many connections ask at once when it is about throughput.
const CONNECTIONS: usize = 8;

const PATH: &str = "/v2/api-keys";

pub(crate) fn run(bench: &Bench) -> Result<()> {
    let (mut running, mut variants) = (Vec::new(), Vec::new());
    for size in bench.scale.keys {
        let dataset = Dataset::create(bench, size, "management")?;
        let server = bench.serve(&dataset.database, &[])?;
        bench.block_on(check(&server))?;
        for connections in [1, CONNECTIONS] {
            let name = format!("{} keys, connections: {connections}", count(size));
            variants.push(Variant::new(&name, &server, PATH, connections, USERS));
        }
        running.push((server, dataset));
    }
    take_turns(&mut variants, bench.scale.rounds, bench.scale.turn / 2)?;

    let subject = format!("A page of a user's {KEYS_EACH} keys, scattered over the table,");
    let mut table = Table::new(bench.heading(&subject));
    for variant in &variants {
        variant.measurements.rows(&mut table);
    }
    if let [small, small_together, .., large, large_together] = variants.as_slice() {
        let medians = [large, small].map(|one| &one.measurements.median_latency);
        let label = "ratio of medians, largest to smallest table, 1 connection";
        table.row(label, medians[0].ratio_to(medians[1]), Aim::AtMost(1.5));
        let rates = [small_together, large_together].map(|one| &one.measurements.per_second);
        let label = format!("ratio of times, largest to smallest, {CONNECTIONS} connections");
        table.row(label, rates[0].ratio_to(rates[1]), None);
    }
    table.print()
}

/// Checks that the users' lists are what they must be.
async fn check(server: &Server) -> Result<()> {
    let client = Client::new(server.address())?;
    for number in 0..USERS {
        let key = stored(number);
        let request = Request::get(PATH).by(Credentials::Key(&key));
        let list = client.send(&request).await?.expect_ok()?;
        let total = &list["pagination"]["total"];
        ensure!(*total == KEYS_EACH, "a user has {total} keys");
    }
    Ok(())
}
