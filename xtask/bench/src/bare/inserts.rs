//! What the database does on its own: rows inserted one by one, each committed
//! by itself and as durably as the server's.

use crate::{
    bare::{Connections, api_keys::dsl as key},
    dataset::Dataset,
};
use anyhow::Result;
use diesel::ExpressionMethods;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};
use xtask_harness::{database::Kind, random::scattered};
use xtask_programs::interruption;

/// As long as any digest.
const DIGEST: &str = "hmac-sha256$0a1b2c3d$\
                      0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// Takes from the table what follows each key that is created.
pub(crate) fn without_triggers(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "DROP TRIGGER IF EXISTS api_keys_created",
        Kind::Postgres => "ALTER TABLE api_keys DISABLE TRIGGER USER",
    }
}

/// Inserts rows for the first user of a dataset.
pub(crate) struct BareInserts {
    runtime: Runtime,
    connections: Arc<Connections>,
    next: Arc<AtomicU64>,
}

// === impl BareInserts ===

impl BareInserts {
    /// Connects to the database of a dataset.
    pub(crate) fn open(dataset: &Dataset) -> Result<Self> {
        Ok(Self {
            runtime: Builder::new_multi_thread().enable_all().build()?,
            connections: Arc::new(Connections::open(dataset.database.url())?),
            next: Arc::new(dataset.keys.into()),
        })
    }

    /// Inserts rows for a time and returns how many a second.
    pub(crate) fn run(&self, time: Duration) -> Result<f64> {
        // They run on all cores, as the server's workers do; SQLite has one writer.
        let tasks = match &*self.connections {
            Connections::One(_) => 1,
            Connections::Pool(_) => 64,
        };
        let started = Instant::now();
        let counts = self.runtime.block_on(async {
            let mut running = JoinSet::new();
            for _ in 0..tasks {
                let (connections, next) = (self.connections.clone(), self.next.clone());
                running.spawn(insert_until(started + time, connections, next));
            }
            running.join_all().await
        });
        let count = counts.into_iter().sum::<Result<u32>>()?;
        Ok(f64::from(count) / started.elapsed().as_secs_f64())
    }
}

/// Inserts rows as the server writes them when a key is created; no two have the
/// same access key.
async fn insert_until(
    end: Instant,
    connections: Arc<Connections>,
    next: Arc<AtomicU64>,
) -> Result<u32> {
    let mut count = 0;
    while Instant::now() < end {
        interruption::check()?;
        let number = next.fetch_add(1, Ordering::Relaxed);
        let (name, instant) = (format!("bench-{number:09}"), number.cast_signed());
        let insert = diesel::insert_into(key::api_keys).values((
            key::name.eq(&name),
            key::name_folded.eq(&name),
            key::user_id.eq(1),
            key::owner_principal_id.eq(1),
            key::access_key.eq(format!("{:016x}", scattered(number))),
            key::secret_digest.eq(DIGEST),
            key::scope.eq("*"),
            key::is_custom.eq(false),
            key::expires_at.eq(i64::MAX),
            key::created_at.eq(instant),
            key::updated_at.eq(instant),
        ));
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
