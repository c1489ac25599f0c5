//! A server whose database has a tenant with so many keys, and others.

use crate::{
    bench::Bench,
    dataset::{Dataset, mixture::Tenants, rows::RARE_WORD},
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

/// A server and its database, with a tenant whose lists are read.
pub(super) struct Site {
    // Fields are dropped in this order: the server ends before its database.
    pub(super) server: Server,
    _dataset: Dataset,
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
            _dataset: dataset,
            keys,
        };
        let (answer, _) = site.ask(bench, "/v2/api-keys?perPage=1")?;
        let total = &answer.expect_ok()?["pagination"]["total"];
        ensure!(*total == keys, "the tenant has {total} keys");
        site.wait_for_searches(bench)?;
        Ok(site)
    }

    /// Waits until the names are indexed.
    fn wait_for_searches(&self, bench: &Bench) -> Result<()> {
        let (path, since) = (format!("/v2/api-keys?search={RARE_WORD}"), Instant::now());
        loop {
            let (answer, _) = self.ask(bench, &path)?;
            if answer.status == 200 {
                break;
            }
            ensure!(
                since.elapsed() < MOST_INDEXING,
                "no search: {}",
                answer.body
            );
            std::thread::sleep(PAUSE);
        }
        println!(
            "{} keys: searched after {:.0?}\n",
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
