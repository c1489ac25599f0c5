//! A database full of keys, written straight into it with the digests that the
//! server would have made.

use crate::{bench::Bench, keys::stored};
use anyhow::Result;
use apikey_domain::key::{
    digest::Peppers,
    token::{KeyPrefix, PresentedKey},
};
use std::ops::Range;
use xtask_harness::{
    database::{Database, Kind},
    server,
};
use xtask_programs::process;

/// How many keys each user has.
pub(crate) const KEYS_EACH: u64 = 100;

/// How many rows are inserted by one statement.
const BATCH: u64 = 10_000;

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
        let database = bench.block_on(bench.engine.create())?;
        let mut migrate = server::command(&bench.program, database.url(), database.folder());
        process::output(migrate.arg("migrate"))?;
        let dataset = Self { database, keys };
        bench.block_on(dataset.fill(scope))?;
        Ok(dataset)
    }

    /// Runs a statement.
    pub(crate) fn execute(&self, bench: &Bench, statement: &str) -> Result<()> {
        bench.block_on(self.database.run_all(&[statement.to_owned()]))
    }

    async fn fill(&self, scope: &str) -> Result<()> {
        let users = self.keys.div_ceil(KEYS_EACH);
        self.database.run_all(&create_users(users)).await?;
        let (begin, end) = match self.database.kind() {
            Kind::Sqlite => (
                "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000",
                ["ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"],
            ),
            Kind::Postgres => ("", ["VACUUM ANALYZE", "CHECKPOINT"]),
        };
        for first in (0..self.keys).step_by(BATCH as usize) {
            let numbers = first..self.keys.min(first + BATCH);
            let insert = create_keys(numbers, users, scope)?;
            self.database.run_all(&[begin.to_owned(), insert]).await?;
        }
        self.database.run_all(&end.map(str::to_owned)).await
    }
}

/// Returns what creates users, with the numbers from one on as their tables
/// are empty.
fn create_users(count: u64) -> [String; 2] {
    let principals = (0..count).map(|_| "('user')".to_owned());
    let users = (1..=count).map(|number| {
        format!("({number}, 'user-{number}', 'user-{number}', '', FALSE, TRUE, FALSE, 0, 0)")
    });
    [
        insert("principals (kind)", principals),
        insert(
            "users (principal_id, username, username_folded, password_hash, is_admin, is_active,
                    is_system, created_at, updated_at)",
            users,
        ),
    ]
}

/// Returns what creates the keys of some numbers. The keys of a user lie far
/// apart, as they do when users have come to them over time.
fn create_keys(numbers: Range<u64>, users: u64, scope: &str) -> Result<String> {
    let (peppers, prefix) = (Peppers::from_hex(&server::pepper())?, KeyPrefix::default());
    let rows = numbers.map(|number| {
        let text = stored(number);
        let key = PresentedKey::parse(&prefix, &text);
        let (user, access_key) = (number % users + 1, key.access_key());
        let digest = peppers.digest(&key).to_text();
        format!(
            "('bench-{number:09}', 'bench-{number:09}', {user}, {user}, '{access_key}',
              '{digest}', '{scope}', FALSE, {never}, {number}, {number})",
            never = i64::MAX
        )
    });
    Ok(insert(
        "api_keys (name, name_folded, user_id, owner_principal_id, access_key, secret_digest,
                   scope, is_custom, expires_at, created_at, updated_at)",
        rows,
    ))
}

fn insert(columns: &str, rows: impl Iterator<Item = String>) -> String {
    let rows: Vec<_> = rows.collect();
    format!("INSERT INTO {columns} VALUES {}", rows.join(", "))
}
