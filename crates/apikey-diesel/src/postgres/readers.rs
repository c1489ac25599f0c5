//! Connections for reading.

use super::connection::{Connection, Source};
use crate::{failure::unavailable, fault};
use apikey_domain::error::PortError;
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
    deadpool::{Object, Pool},
};
use futures_util::{FutureExt, future::BoxFuture};
use std::time::Duration;

/// How many connections may be in use at once.
const MAX_CONNECTIONS: usize = 16;
/// How long a request waits for a connection.
const POOL_TIMEOUT: Duration = Duration::from_secs(5);

/// Hands out connections from a pool.
#[derive(Clone)]
pub(crate) struct Readers {
    pool: Pool<Connection>,
}

// === impl Readers ===

impl Readers {
    pub(crate) fn new(source: Source) -> Result<Self, PortError> {
        let mut settings = ManagerConfig::default();
        // A lost connection is noticed without asking the server, which would cost
        // each lookup a second round trip.
        settings.recycling_method = RecyclingMethod::Fast;
        settings.custom_setup = Box::new(move |_| {
            let source = source.clone();
            async move { source.establish().await }.boxed()
        });
        let manager = AsyncDieselConnectionManager::new_with_config(String::new(), settings);
        let pool = Pool::builder(manager)
            .max_size(MAX_CONNECTIONS)
            .wait_timeout(Some(POOL_TIMEOUT))
            .create_timeout(Some(POOL_TIMEOUT))
            .recycle_timeout(Some(POOL_TIMEOUT))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(unavailable)?;
        Ok(Self { pool })
    }

    /// Returns a connection for a lookup by key.
    pub(crate) async fn lookup(&self) -> Result<Object<Connection>, PortError> {
        let reader = self.pool.get().await.map_err(unavailable)?;
        fault::point("reader");
        Ok(reader)
    }

    /// Runs a read that may take long.
    pub(crate) async fn scan<T, R>(&self, read: R) -> Result<T, PortError>
    where
        R: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, PortError>>,
    {
        read(&mut *self.lookup().await?).await
    }
}
