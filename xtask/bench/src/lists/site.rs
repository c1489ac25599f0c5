//! A server whose database has a tenant with so many keys, and others.

use crate::{
    bench::Bench,
    dataset::{Dataset, mixture::Tenants},
    keys::stored,
};
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};
use xtask_harness::{
    client::{Answer, Client},
    request::{Credentials, Request},
    server::Server,
};

/// Those whose keys are in the same table.
const OTHERS: Tenants = Tenants {
    users: 1_000,
    keys: 100_000,
};

/// How long the names may take to be indexed.
const MOST_INDEXING: Duration = Duration::from_secs(1_800);
const PAUSE: Duration = Duration::from_secs(1);

/// Selects 1 when the names that were stored before the server started are indexed.
const IS_INDEXED: &str = "SELECT count(*) FROM name_index WHERE is_complete";

/// A server and its database, with a tenant whose lists are read.
pub(super) struct Site {
    // Fields are dropped in this order: the server ends before its database.
    pub(super) server: Server,
    dataset: Dataset,
    /// How many keys the tenant has.
    pub(super) keys: u64,
}

// === impl Site ===

impl Site {
    /// Fills a database and serves it.
    pub(super) fn start(bench: &Bench, keys: u64) -> Result<Self> {
        let tenant = Tenants { users: 1, keys };
        let dataset = Dataset::of_tenants(bench, &[tenant, OTHERS], "management")?;
        dataset.add_uses(bench)?;
        let server = bench.serve(&dataset.database, &[])?;
        let site = Self {
            server,
            dataset,
            keys,
        };
        let (answer, _) = site.ask(bench, "/v2/api-keys?perPage=1")?;
        let total = &answer.expect_ok()?["pagination"]["total"];
        ensure!(*total == keys, "the tenant has {total} keys");
        site.wait_for_searches(bench)?;
        Ok(site)
    }

    /// Waits until the names are indexed: until then, names are compared one by one.
    fn wait_for_searches(&self, bench: &Bench) -> Result<()> {
        let since = Instant::now();
        while self.dataset.numbers(bench, IS_INDEXED)? != [1] {
            ensure!(since.elapsed() < MOST_INDEXING, "names are not indexed");
            std::thread::sleep(PAUSE);
        }
        println!(
            "{} keys: indexed after {:.0?}\n",
            self.keys,
            since.elapsed()
        );
        Ok(())
    }

    /// Asks for a path, and returns how long it took.
    pub(super) fn ask(&self, bench: &Bench, path: &str) -> Result<(Answer, Duration)> {
        let client = Client::new(self.server.address())?;
        let request = self.request(path);
        let started = Instant::now();
        let answer = bench.block_on(client.send(&request))?;
        Ok((answer, started.elapsed()))
    }

    /// Returns the tenant's request for a path.
    pub(super) fn request(&self, path: &str) -> Request {
        Request::get(path).by(Credentials::Key(&stored(0)))
    }
}
