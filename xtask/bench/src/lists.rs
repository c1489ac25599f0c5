//! A page of a list, in small and large tables.

use crate::{
    bench::Bench,
    dataset::{Dataset, KEYS_EACH},
    keys::stored,
    table::{Aim, count},
    variant::{Variant, compare},
};
use anyhow::{Result, ensure};
use xtask_harness::{
    client::Client,
    request::{Credentials, Request},
    server::Server,
};

/// How many users ask for their lists: as many as the smallest table has.
const USERS: u64 = 10;

const PATH: &str = "/v2/api-keys";

pub(crate) fn run(bench: &Bench) -> Result<()> {
    let (mut running, mut variants) = (Vec::new(), Vec::new());
    for size in bench.scale.keys {
        let dataset = Dataset::create(bench, size, "management")?;
        let server = bench.serve(&dataset.database, &[])?;
        bench.block_on(check(&server))?;
        let name = format!("{} keys", count(size));
        variants.push(Variant::new(&name, &server, PATH, 1, USERS));
        running.push((server, dataset));
    }
    let subject = format!("A page of a user's {KEYS_EACH} keys, scattered over the table,");
    let mut table = compare(bench, &mut variants, bench.scale.turn / 2, &subject)?;
    if let [small, .., large] = variants.as_slice() {
        let [small, large] = [small, large].map(|one| &one.measurements.median_latency);
        let label = "ratio of medians, largest to smallest table";
        table.row(label, large.ratio_to(small), Aim::AtMost(1.5));
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
