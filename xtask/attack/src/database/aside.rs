//! PostgreSQL servers of a row's own, ordered about without holding up other rows.

use anyhow::{Result, anyhow};
use std::sync::{Arc, Mutex};
use tokio::task::spawn_blocking;
use xtask_programs::postgres::{Cluster, Durability, Settings};

/// Something whose methods block, and are called on a thread that may.
pub(super) struct Aside<T>(Arc<Mutex<T>>);

// === impl Aside ===

impl<T: Send + 'static> Aside<T> {
    /// Makes it.
    pub(super) async fn make(make: impl FnOnce() -> Result<T> + Send + 'static) -> Result<Self> {
        let made = spawn_blocking(make).await??;
        Ok(Self(Arc::new(Mutex::new(made))))
    }

    /// Does something with it.
    pub(super) async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut T) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let held = Arc::clone(&self.0);
        let work = move || {
            let held = held.lock();
            work(&mut *held.map_err(|_| anyhow!("an order before this one panicked"))?)
        };
        spawn_blocking(work).await?
    }
}

/// Starts a server that is as durable as in production.
pub(super) fn start_postgres() -> Result<Cluster> {
    Cluster::start(&Settings {
        durability: Durability::Durable,
        max_connections: 100,
    })
}
