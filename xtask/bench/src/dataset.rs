//! A database full of keys, written straight into it with the digests that the
//! server would have made.

mod indexes;
pub(crate) mod mixture;
pub(crate) mod rows;

use crate::{
    bench::Bench,
    dataset::{
        indexes::DroppedIndexes,
        mixture::{Mixture, Place, Tenants},
    },
};
use anyhow::Result;
use diesel::{dsl::sql, sql_types::BigInt};
use xtask_harness::{
    database::{Database, Kind, postgres, sqlite},
    server,
};
use xtask_programs::process;

/// How many keys each user has unless a measurement is about that.
const KEYS_EACH: u64 = 100;

/// How many rows are inserted by one statement.
const BATCH: usize = 10_000;

/// What makes SQLite write much at once.
const FAST_SQLITE: &str = "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000";

/// A database full of keys.
pub(crate) struct Dataset {
    pub(crate) database: Database,
    /// How many stored keys it has; their numbers lie below.
    pub(crate) keys: u64,
}

// === impl Dataset ===

impl Dataset {
    /// Creates a database with so many keys of a scope, and with their users. The
    /// first keys are of different users.
    pub(crate) fn create(bench: &Bench, keys: u64, scope: &str) -> Result<Self> {
        let users = keys.div_ceil(KEYS_EACH);
        Self::of_tenants(bench, &[Tenants { users, keys }], scope)
    }

    /// Creates a database with the keys of some tenants, all of one scope. The keys of
    /// a user lie far apart, as they do when they have come over time.
    pub(crate) fn of_tenants(bench: &Bench, tenants: &[Tenants], scope: &str) -> Result<Self> {
        let database = bench.block_on(bench.engine.create())?;
        let mut migrate = server::command(&bench.program, database.url(), database.folder());
        process::output(migrate.arg("migrate"))?;
        let keys = tenants.iter().map(|some| some.keys).sum();
        let dataset = Self { database, keys };
        let indexes = DroppedIndexes::of(bench, &dataset.database)?;
        bench.block_on(dataset.fill(tenants, scope))?;
        indexes.restore(bench, &dataset.database)?;
        bench.block_on(dataset.settle())?;
        Ok(dataset)
    }

    /// Says that every second key was used, each at another time.
    pub(crate) fn add_uses(&self, bench: &Bench) -> Result<()> {
        bench.block_on(async {
            self.write(rows::ADD_USES.to_owned()).await?;
            self.settle().await
        })
    }

    /// Returns the numbers that a query selects.
    pub(crate) fn numbers(&self, bench: &Bench, query: &str) -> Result<Vec<i64>> {
        let (url, query) = (self.database.url(), sql::<BigInt>(query));
        bench.block_on(async {
            Ok(match self.database.kind() {
                Kind::Sqlite => diesel::RunQueryDsl::load(query, &mut sqlite(url)?)?,
                Kind::Postgres => {
                    let mut connection = postgres(url).await?;
                    diesel_async::RunQueryDsl::load(query, &mut connection).await?
                }
            })
        })
    }

    /// Runs a statement.
    pub(crate) fn execute(&self, bench: &Bench, statement: &str) -> Result<()> {
        bench.block_on(self.database.run_all(&[statement.to_owned()]))
    }

    async fn fill(&self, tenants: &[Tenants], scope: &str) -> Result<()> {
        let users = tenants.iter().map(|some| some.users).sum();
        self.database.run_all(&rows::create_users(users)).await?;
        let (mut mixture, mut position) = (Mixture::of(tenants), 0);
        loop {
            let places: Vec<Place> = mixture.by_ref().take(BATCH).collect();
            if places.is_empty() {
                return Ok(());
            }
            self.write(rows::create_keys(&places, position, scope)?)
                .await?;
            position += places.len() as u64;
        }
    }

    /// Runs a statement that writes much.
    async fn write(&self, statement: String) -> Result<()> {
        let statements = match self.database.kind() {
            Kind::Sqlite => vec![FAST_SQLITE.to_owned(), statement],
            Kind::Postgres => vec![statement],
        };
        self.database.run_all(&statements).await
    }

    /// Does what a database does for itself when it has time.
    async fn settle(&self) -> Result<()> {
        let statements = match self.database.kind() {
            Kind::Sqlite => &["PRAGMA wal_checkpoint(TRUNCATE)"][..],
            Kind::Postgres => &["VACUUM ANALYZE", "CHECKPOINT"],
        };
        let statements: Vec<_> = statements.iter().map(|text| text.to_string()).collect();
        self.database.run_all(&statements).await
    }
}
