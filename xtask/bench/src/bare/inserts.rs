//! What the database does on its own: rows inserted one by one, each committed
//! by itself and as durably as the server's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use diesel::{Insertable, SqliteConnection};
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use xtask_harness::database::{Database, Kind};
use xtask_harness::random::scattered;
use xtask_programs::interruption;

use crate::bare::{POOL_SIZE, api_keys, postgres_pool};

/// How many tasks share the pool.
const TASKS: usize = 64;

/// As long as any digest.
const DIGEST: &str = "hmac-sha256$0a1b2c3d$\
                      0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Inserts rows for the first user of a dataset.
pub(crate) struct BareInserts {
    connections: Connections,
    next: Arc<AtomicU64>,
}

enum Connections {
    /// SQLite has one writer.
    One(Box<SqliteConnection>),
    /// Many tasks share a pool, on all cores, as the server's workers do.
    Pool(Runtime, Pool<AsyncPgConnection>),
}

/// A row as the server writes it when a key is created.
#[derive(Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct Row {
    name: String,
    name_folded: String,
    description: Option<&'static str>,
    user_id: i64,
    owner_principal_id: i64,
    access_key: String,
    secret_digest: &'static str,
    scope: &'static str,
    allowed_model_names: Option<&'static str>,
    is_custom: bool,
    expires_at: i64,
    created_at: i64,
    updated_at: i64,
}

// === impl BareInserts ===

impl BareInserts {
    /// Connects to a database that has one key.
    pub(crate) fn open(database: &Database) -> Result<Self> {
        let connections = match database.kind() {
            Kind::Sqlite => Connections::One(Box::new(database.sqlite()?)),
            Kind::Postgres => Connections::Pool(
                Builder::new_multi_thread().enable_all().build()?,
                postgres_pool(database.url())?,
            ),
        };
        Ok(Self {
            connections,
            next: Arc::new(1.into()),
        })
    }

    /// Returns how the rows are inserted, in words.
    pub(crate) fn describe(&self) -> String {
        match &self.connections {
            Connections::One(_) => "1 connection".to_owned(),
            Connections::Pool(..) => format!("{TASKS} tasks and {POOL_SIZE} connections"),
        }
    }

    /// Inserts rows for a time and returns how many a second.
    pub(crate) fn run(&mut self, time: Duration) -> Result<f64> {
        let started = Instant::now();
        let end = started + time;
        let count = match &mut self.connections {
            Connections::One(connection) => insert_until(end, connection, &self.next)?,
            Connections::Pool(runtime, pool) => runtime.block_on(async {
                let mut tasks = JoinSet::new();
                for _ in 0..TASKS {
                    tasks.spawn(insert_in_pool_until(end, pool.clone(), self.next.clone()));
                }
                let counts = tasks.join_all().await.into_iter();
                counts.sum::<Result<u32>>()
            })?,
        };
        Ok(f64::from(count) / started.elapsed().as_secs_f64())
    }
}

fn insert_until(end: Instant, connection: &mut SqliteConnection, next: &AtomicU64) -> Result<u32> {
    let mut count = 0;
    while Instant::now() < end {
        interruption::check()?;
        let insert = diesel::insert_into(api_keys::table).values(Row::next(next));
        diesel::RunQueryDsl::execute(insert, connection)?;
        count += 1;
    }
    Ok(count)
}

async fn insert_in_pool_until(
    end: Instant,
    pool: Pool<AsyncPgConnection>,
    next: Arc<AtomicU64>,
) -> Result<u32> {
    let mut count = 0;
    while Instant::now() < end {
        interruption::check()?;
        let insert = diesel::insert_into(api_keys::table).values(Row::next(&next));
        let mut connection = pool.get().await?;
        diesel_async::RunQueryDsl::execute(insert, &mut connection).await?;
        count += 1;
    }
    Ok(count)
}

// === impl Row ===

impl Row {
    /// Returns the next row; no two have the same access key.
    fn next(next: &AtomicU64) -> Self {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let name = format!("bench-{number:09}");
        Self {
            name_folded: name.clone(),
            name,
            description: None,
            user_id: 1,
            owner_principal_id: 1,
            access_key: format!("{:016x}", scattered(number)),
            secret_digest: DIGEST,
            scope: "*",
            allowed_model_names: None,
            is_custom: false,
            expires_at: i64::MAX,
            created_at: number.cast_signed(),
            updated_at: number.cast_signed(),
        }
    }
}
