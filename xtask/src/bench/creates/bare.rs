//! What the database does on its own: rows inserted one by one, each committed
//! by itself and as durably as the server's.

mod row;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use diesel::SqliteConnection;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::bench::creates::bare::row::{OWNER, Row};
use crate::bench::database::{Database, Kind, postgres_pool};
use crate::bench::schema::api_keys;
use crate::bench::{Bench, server};
use crate::interruption;

/// How many connections the server reads through.
const POOL: usize = 16;
/// How many tasks share them.
const TASKS: usize = 64;

/// Inserts into a database of the same schema as the server's.
pub(super) struct BareInserts {
    way: Way,
    next: Arc<AtomicU64>,
    _database: Database,
}

enum Way {
    /// SQLite has one writer.
    OneConnection(Box<SqliteConnection>),
    /// Many tasks share a pool, on all cores, as the server's workers do.
    Pool(Runtime, Pool<AsyncPgConnection>),
}

// === impl BareInserts ===

impl BareInserts {
    /// Makes the database, with a user who owns the rows.
    pub(super) fn prepare(bench: &Bench) -> Result<Self> {
        let database = bench.block_on(bench.engine.create())?;
        server::migrate(&bench.program, &database)?;
        bench.block_on(database.run_all(&OWNER.map(str::to_owned)))?;
        let way = match database.kind() {
            Kind::Sqlite => Way::OneConnection(Box::new(database.sqlite()?)),
            Kind::Postgres => Way::Pool(
                tokio::runtime::Builder::new_multi_thread()
                    .enable_all()
                    .build()?,
                postgres_pool(database.url(), POOL)?,
            ),
        };
        Ok(Self {
            way,
            next: Arc::default(),
            _database: database,
        })
    }

    /// Says how the rows are inserted.
    pub(super) fn describe(&self) -> String {
        match &self.way {
            Way::OneConnection(_) => "1 connection".to_owned(),
            Way::Pool(..) => format!("{TASKS} tasks and {POOL} connections"),
        }
    }

    /// Inserts rows for a time and gives how many a second.
    pub(super) fn run(&mut self, time: Duration) -> Result<f64> {
        let started = Instant::now();
        let end = started + time;
        let count = match &mut self.way {
            Way::OneConnection(connection) => insert_until(end, connection, &self.next)?,
            Way::Pool(runtime, pool) => {
                runtime.block_on(insert_in_tasks_until(end, pool, &self.next))?
            }
        };
        Ok(f64::from(count) / started.elapsed().as_secs_f64())
    }
}

fn insert_until(end: Instant, connection: &mut SqliteConnection, next: &AtomicU64) -> Result<u32> {
    let mut count = 0;
    while Instant::now() < end {
        interruption::check()?;
        let row = Row::of(next.fetch_add(1, Ordering::Relaxed));
        let insert = diesel::insert_into(api_keys::table).values(row);
        diesel::RunQueryDsl::execute(insert, connection)?;
        count += 1;
    }
    Ok(count)
}

async fn insert_in_tasks_until(
    end: Instant,
    pool: &Pool<AsyncPgConnection>,
    next: &Arc<AtomicU64>,
) -> Result<u32> {
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let (pool, next) = (pool.clone(), Arc::clone(next));
        tasks.spawn(async move {
            let mut count = 0;
            while Instant::now() < end {
                interruption::check()?;
                let row = Row::of(next.fetch_add(1, Ordering::Relaxed));
                let mut connection = pool.get().await?;
                let insert = diesel::insert_into(api_keys::table).values(row);
                diesel_async::RunQueryDsl::execute(insert, &mut connection).await?;
                count += 1;
            }
            anyhow::Ok(count)
        });
    }
    let mut count = 0;
    while let Some(finished) = tasks.join_next().await {
        count += finished??;
    }
    Ok(count)
}
