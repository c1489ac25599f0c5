//! Indexes that are made when the table is full: that takes a fraction of the time.

use crate::bench::Bench;
use anyhow::Result;
use diesel::{dsl::sql, sql_types::Text};
use xtask_harness::database::{Database, Kind, postgres, sqlite};

/// Selects indexes of the table of keys that no row depends on.
const SQLITE: &str = "FROM sqlite_master WHERE type = 'index' AND tbl_name = 'api_keys'
     AND sql LIKE 'CREATE INDEX%' ORDER BY name";
const POSTGRES: &str = "FROM pg_indexes WHERE tablename = 'api_keys'
     AND indexdef LIKE 'CREATE INDEX%' ORDER BY indexname";

/// Indexes that are missing.
pub(super) struct DroppedIndexes {
    /// The statements that make them.
    definitions: Vec<String>,
}

// === impl DroppedIndexes ===

impl DroppedIndexes {
    /// Drops them.
    pub(super) fn of(bench: &Bench, database: &Database) -> Result<Self> {
        let [names, definitions] = match database.kind() {
            Kind::Sqlite => ["name", "sql"].map(|column| format!("SELECT {column} {SQLITE}")),
            Kind::Postgres => {
                ["indexname::text", "indexdef"].map(|column| format!("SELECT {column} {POSTGRES}"))
            }
        };
        let names = bench.block_on(texts(database, &names))?;
        let definitions = bench.block_on(texts(database, &definitions))?;
        let drops = names.iter().map(|name| format!("DROP INDEX {name}"));
        bench.block_on(database.run_all(&drops.collect::<Vec<_>>()))?;
        Ok(Self { definitions })
    }

    /// Makes them again.
    pub(super) fn restore(self, bench: &Bench, database: &Database) -> Result<()> {
        bench.block_on(database.run_all(&self.definitions))
    }
}

async fn texts(database: &Database, query: &str) -> Result<Vec<String>> {
    let (url, query) = (database.url(), sql::<Text>(query));
    Ok(match database.kind() {
        Kind::Sqlite => diesel::RunQueryDsl::load(query, &mut sqlite(url)?)?,
        Kind::Postgres => {
            let mut connection = postgres(url).await?;
            diesel_async::RunQueryDsl::load(query, &mut connection).await?
        }
    })
}
