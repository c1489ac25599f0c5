//! What the database does on its own: rows inserted one by one, each committed
//! by itself and as durably as the server's.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use diesel::Insertable;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use xtask_harness::database::{Database, Kind};
use xtask_harness::random::scattered;
use xtask_programs::interruption;

use crate::bare::{Connections, api_keys};

/// As long as any digest.
const DIGEST: &str = "hmac-sha256$0a1b2c3d$\
                      0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Inserts rows for the first user of a dataset of one key.
pub(crate) struct BareInserts {
    /// How many tasks share the connections, on all cores as the server's workers
    /// do. SQLite has one writer.
    tasks: usize,
    runtime: Runtime,
    connections: Arc<Connections>,
    next: Arc<AtomicU64>,
}

/// A row as the server writes it when a key is created.
#[derive(Insertable)]
#[diesel(table_name = api_keys)]
struct Row {
    name: String,
    name_folded: String,
    user_id: i64,
    owner_principal_id: i64,
    access_key: String,
    secret_digest: &'static str,
    scope: &'static str,
    is_custom: bool,
    expires_at: i64,
    created_at: i64,
    updated_at: i64,
}

// === impl BareInserts ===

impl BareInserts {
    /// Connects to a database.
    pub(crate) fn open(database: &Database) -> Result<Self> {
        Ok(Self {
            tasks: match database.kind() {
                Kind::Sqlite => 1,
                Kind::Postgres => 64,
            },
            runtime: Builder::new_multi_thread().enable_all().build()?,
            connections: Arc::new(Connections::open(database.url())?),
            next: Arc::new(1.into()),
        })
    }

    /// Inserts rows for a time and returns how many a second.
    pub(crate) fn run(&self, time: Duration) -> Result<f64> {
        let started = Instant::now();
        let counts = self.runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for _ in 0..self.tasks {
                let (connections, next) = (self.connections.clone(), self.next.clone());
                tasks.spawn(insert_until(started + time, connections, next));
            }
            tasks.join_all().await
        });
        let count = counts.into_iter().sum::<Result<u32>>()?;
        Ok(f64::from(count) / started.elapsed().as_secs_f64())
    }
}

async fn insert_until(
    end: Instant,
    connections: Arc<Connections>,
    next: Arc<AtomicU64>,
) -> Result<u32> {
    let mut count = 0;
    while Instant::now() < end {
        interruption::check()?;
        let row = Row::of(next.fetch_add(1, Ordering::Relaxed));
        let insert = diesel::insert_into(api_keys::table).values(row);
        match &*connections {
            Connections::One(connection) => {
                let mut connection = connection.lock().await;
                diesel::RunQueryDsl::execute(insert, &mut *connection)?;
            }
            Connections::Pool(pool) => {
                let mut connection = pool.get().await?;
                diesel_async::RunQueryDsl::execute(insert, &mut connection).await?;
            }
        }
        count += 1;
    }
    Ok(count)
}

// === impl Row ===

impl Row {
    /// Returns the row of a number; no two have the same access key.
    fn of(number: u64) -> Self {
        let name = format!("bench-{number:09}");
        Self {
            name_folded: name.clone(),
            name,
            user_id: 1,
            owner_principal_id: 1,
            access_key: format!("{:016x}", scattered(number)),
            secret_digest: DIGEST,
            scope: "*",
            is_custom: false,
            expires_at: i64::MAX,
            created_at: number.cast_signed(),
            updated_at: number.cast_signed(),
        }
    }
}
