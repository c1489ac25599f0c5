//! Connections for reading.

use super::connection::{Connection, Source};
use crate::{
    failure::unavailable,
    fault,
    pool_figures::{PoolFigures, Waiting},
};
use apikey_domain::error::PortError;
use futures_util::future::BoxFuture;
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// How many connections may be in use at once.
const MAX_CONNECTIONS: usize = 16;
/// How many of them may be in use for reads that may take long. More would not be
/// faster, and each keeps memory.
pub(crate) const MAX_SCANS: usize = 4;

/// How long one of these is waited for. It goes on, and keeps its place until it ends.
const SCAN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request waits for a connection.
const POOL_TIMEOUT: Duration = Duration::from_secs(5);

/// A pool of connections, opened on demand.
#[derive(Clone)]
pub(crate) struct Readers {
    source: Source,
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    scans: Arc<Semaphore>,
    waiting: Waiting,
}

/// A connection that is returned to the pool when dropped, unless by a panic.
struct Reader {
    // `None` only while the reader is dropped.
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
    _permit: OwnedSemaphorePermit,
}

// === impl Readers ===

impl Readers {
    pub(crate) fn new(source: Source) -> Self {
        Self {
            source,
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            scans: Arc::new(Semaphore::new(MAX_SCANS)),
            waiting: Waiting::default(),
        }
    }

    /// Returns whether the node holds its lease: it needs none.
    pub(crate) fn has_lease(&self) -> bool {
        true
    }

    /// Runs a lookup for a verification, as any other.
    pub(crate) async fn verification<T, R>(&self, _since: Instant, read: R) -> Result<T, PortError>
    where
        R: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, PortError>>,
    {
        self.lookup(read).await
    }

    /// Runs a lookup by key, on the calling thread: it takes less time than a switch to
    /// another thread.
    pub(crate) async fn lookup<T, R>(&self, read: R) -> Result<T, PortError>
    where
        R: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, PortError>>,
    {
        read(&mut *self.reader().await?).await
    }

    async fn reader(&self) -> Result<Reader, PortError> {
        let permit = match Arc::clone(&self.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.permit_of(&self.permits).await?,
        };
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.source.connect().await?.into_inner(),
        };
        let reader = Reader {
            connection: Some(connection),
            idle: Arc::clone(&self.idle),
            _permit: permit,
        };
        fault::point("reader");
        Ok(reader)
    }

    /// Runs a read that may take long on a thread that may block.
    pub(crate) async fn scan<T, R>(&self, read: R) -> Result<T, PortError>
    where
        T: Send + 'static,
        R: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, PortError>>
            + Send
            + 'static,
    {
        let scan = self.permit_of(&self.scans).await?;
        let mut reader = self.reader().await?;
        let reading = tokio::task::spawn_blocking(move || {
            let _scan = scan;
            futures_util::FutureExt::now_or_never(read(&mut reader))
                .unwrap_or_else(|| Err(unavailable("a read on SQLite did not end at once")))
        });
        match tokio::time::timeout(SCAN_TIMEOUT, reading).await {
            Ok(read) => read.unwrap_or_else(|error| Err(unavailable(error))),
            Err(_) => Err(unavailable("the database did not answer in time")),
        }
    }

    /// Returns a function that tells of the connections, and keeps none open.
    pub(crate) fn figures(&self) -> impl Fn() -> PoolFigures + Send + Sync + use<> {
        let (permits, idle) = (Arc::downgrade(&self.permits), Arc::downgrade(&self.idle));
        let waiting = self.waiting.clone();
        move || {
            let free = permits
                .upgrade()
                .map_or(MAX_CONNECTIONS, |permits| permits.available_permits());
            let idle = idle.upgrade().map_or(0, |idle| {
                idle.lock().unwrap_or_else(PoisonError::into_inner).len()
            });
            PoolFigures {
                in_use: MAX_CONNECTIONS.saturating_sub(free) as u64,
                idle: idle as u64,
                waiting: waiting.count(),
            }
        }
    }

    async fn permit_of(&self, permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, PortError> {
        let _waits = self.waiting.begin();
        let permit = Arc::clone(permits).acquire_owned();
        let permit = tokio::time::timeout(POOL_TIMEOUT, permit).await;
        permit.map_err(unavailable)?.map_err(unavailable)
    }
}

// === impl Reader ===

impl Deref for Reader {
    type Target = Connection;

    #[expect(clippy::expect_used, reason = "the connection is taken only in `drop`")]
    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("a reader has a connection")
    }
}

impl DerefMut for Reader {
    #[expect(clippy::expect_used, reason = "the connection is taken only in `drop`")]
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("a reader has a connection")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // After a panic the state of the connection is unknown: it is closed.
        if let Some(connection) = self.connection.take()
            && !std::thread::panicking()
        {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(connection);
        }
    }
}
