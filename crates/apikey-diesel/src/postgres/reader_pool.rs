//! A pool of connections that takes what the server allows, and waits for the rest. Reads
//! that may take long have a part of it.

use super::{
    connection::{OpenConnection, Source},
    connection_limit::{ConnectionLimit, REFUSED_PAUSE},
    scan_places::{ScanPlace, ScanPlaces, half},
};
use crate::{
    failure::{is_connection_refused, unavailable},
    pool_figures::{PoolFigures, Waiting},
};
use apikey_domain::error::PortError;
use deadpool::managed::{self, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult};
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task::AbortHandle,
    time::{Instant, sleep, timeout_at},
};

/// How many of the node's connections are not for reading: for the events, for the
/// signals of other nodes, for changes and for slow changes.
const FOR_OTHER_PARTS: usize = 4;
/// How long after the size was changed one more connection is tried.
const GROWTH_INTERVAL: Duration = Duration::from_secs(10);

/// A pool whose size follows what the server allows.
#[derive(Clone)]
pub(super) struct ReaderPool(Arc<Inner>);

struct Inner {
    pool: Pool<Manager>,
    /// As many permits as connections that may be in use.
    permits: Arc<Semaphore>,
    /// How many of them may be in use for reads that may take long.
    scans: ScanPlaces,
    size: Mutex<Size>,
    maximum: usize,
    limit: ConnectionLimit,
    waiting: Waiting,
    /// Gives connections up for parts that need them more.
    yielding: Mutex<Option<AbortHandle>>,
}

/// How many connections may be in use.
struct Size {
    permits: usize,
    /// When it was last changed.
    changed: Instant,
}

/// A connection of the pool, to which it returns when dropped.
pub(super) struct Reader {
    // Dropped first, so that the next one finds it in the pool. Taken only when it is closed.
    object: Option<Object<Manager>>,
    _permit: OwnedSemaphorePermit,
    _scan: Option<ScanPlace>,
}

/// Opens the connections of the pool.
struct Manager(Source);

// === impl ReaderPool ===

impl ReaderPool {
    /// Returns a pool without connections.
    pub(super) fn start(source: Source) -> Result<Self, PortError> {
        let limit = source.limit().clone();
        let maximum = readers(&limit);
        let pool = Pool::builder(Manager(source)).max_size(maximum).build();
        let inner = Arc::new(Inner {
            pool: pool.map_err(unavailable)?,
            permits: Arc::new(Semaphore::new(maximum)),
            scans: ScanPlaces::among(maximum),
            size: Mutex::new(Size {
                permits: maximum,
                changed: Instant::now(),
            }),
            maximum,
            limit: limit.clone(),
            waiting: Waiting::default(),
            yielding: Mutex::default(),
        });
        let weak = Arc::downgrade(&inner);
        let yielding = tokio::spawn(async move {
            loop {
                limit.claimed().await;
                match weak.upgrade() {
                    None => return,
                    Some(inner) if inner.forget_one() => inner.close_one().await,
                    Some(_) => limit.claim_from_listener(),
                }
            }
        });
        *inner
            .yielding
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(yielding.abort_handle());
        Ok(Self(inner))
    }

    /// Returns a connection: one that is free, or another as far as the server allows
    /// it, or the next that becomes free until `deadline`.
    pub(super) async fn get(&self, deadline: Instant) -> Result<Reader, PortError> {
        self.0.grow();
        let _waits = self.0.waiting.begin();
        let reader = timeout_at(deadline, self.wait()).await;
        reader.unwrap_or_else(|_| Err(none_free()))
    }

    /// Returns a connection as [`Self::get`] does, for a read that may take long: when
    /// it is one of few of them, so that some are left for those that do not.
    pub(super) async fn get_for_scan(&self, deadline: Instant) -> Result<Reader, PortError> {
        let waits = self.0.waiting.begin();
        let place = timeout_at(deadline, self.0.scans.take()).await;
        let place = place.map_err(|_| none_free())??;
        drop(waits);
        let mut reader = self.get(deadline).await?;
        reader._scan = Some(place);
        Ok(reader)
    }

    /// Returns a function that tells of the connections, and keeps none open.
    pub(super) fn figures(&self) -> impl Fn() -> PoolFigures + Send + Sync + use<> {
        let inner = Arc::downgrade(&self.0);
        move || {
            let Some(inner) = inner.upgrade() else {
                return PoolFigures::default();
            };
            let status = inner.pool.status();
            PoolFigures {
                in_use: status.size.saturating_sub(status.available) as u64,
                idle: status.available as u64,
                waiting: inner.waiting.count(),
            }
        }
    }

    async fn wait(&self) -> Result<Reader, PortError> {
        let inner = &self.0;
        loop {
            let permit = Arc::clone(&inner.permits).acquire_owned();
            let permit = permit.await.map_err(unavailable)?;
            let refused = loop {
                match inner.pool.get().await {
                    Ok(object) => {
                        return Ok(Reader {
                            object: Some(object),
                            _permit: permit,
                            _scan: None,
                        });
                    }
                    Err(PoolError::Backend(error)) if is_connection_refused(&error) => {
                        if inner.forget_one() {
                            break permit;
                        }
                        // There must be one for reading.
                        inner.limit.claim_from_listener();
                        sleep(REFUSED_PAUSE).await;
                    }
                    Err(PoolError::Backend(error)) => return Err(error),
                    Err(error) => return Err(unavailable(error.to_string())),
                }
            };
            refused.forget();
        }
    }
}

// === impl Inner ===

impl Inner {
    /// Reduces the number of permits, of which the caller forgets one; returns false if
    /// there is only one left.
    fn forget_one(&self) -> bool {
        let mut size = self.size();
        let has_more = size.permits > 1;
        if has_more {
            size.permits -= 1;
            size.changed = Instant::now();
            self.scans.adapt_to(size.permits);
        }
        has_more
    }

    /// Closes the next connection that is free.
    async fn close_one(&self) {
        if let Ok(permit) = self.permits.acquire().await {
            permit.forget();
        }
        let mut is_closed = false;
        self.pool
            .retain(|_, _| std::mem::replace(&mut is_closed, true));
    }

    /// Allows one more connection if the last change is long ago.
    fn grow(&self) {
        let mut size = self.size();
        if size.permits < self.maximum && size.changed.elapsed() > GROWTH_INTERVAL {
            size.permits += 1;
            size.changed = Instant::now();
            self.permits.add_permits(1);
            self.scans.adapt_to(size.permits);
        }
    }

    /// No code panics while it holds the lock, so poisoning can be ignored.
    fn size(&self) -> MutexGuard<'_, Size> {
        self.size.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let yielding = self.yielding.get_mut();
        if let Some(yielding) = yielding.unwrap_or_else(PoisonError::into_inner).take() {
            yielding.abort();
        }
    }
}

/// Returns how many connections are for reading, if the server allows all.
fn readers(limit: &ConnectionLimit) -> usize {
    limit.wanted().saturating_sub(FOR_OTHER_PARTS).max(1)
}

/// Returns how many of them may be in use for reads that may take long.
pub(crate) fn scans_at_once(limit: &ConnectionLimit) -> usize {
    half(readers(limit))
}

fn none_free() -> PortError {
    unavailable("no connection to the database became free")
}

// === impl Reader ===

impl Reader {
    /// Cancels what the connection does, and closes it. It counts until then.
    pub(super) async fn close(mut self, source: &Source) {
        if let Some(object) = self.object.take() {
            let connection = Object::take(object);
            source.cancel(&connection).await;
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // A read that panicked may have left a transaction open, which sees the past.
        if let Some(object) = self.object.take()
            && std::thread::panicking()
        {
            drop(Object::take(object));
        }
    }
}

impl Deref for Reader {
    type Target = OpenConnection;

    #[expect(
        clippy::expect_used,
        reason = "the connection is taken only at the end"
    )]
    fn deref(&self) -> &OpenConnection {
        self.object.as_ref().expect("a reader has a connection")
    }
}

impl DerefMut for Reader {
    #[expect(
        clippy::expect_used,
        reason = "the connection is taken only at the end"
    )]
    fn deref_mut(&mut self) -> &mut OpenConnection {
        self.object.as_mut().expect("a reader has a connection")
    }
}

// === impl Manager ===

impl managed::Manager for Manager {
    type Type = OpenConnection;
    type Error = PortError;

    async fn create(&self) -> Result<OpenConnection, PortError> {
        self.0.try_connect().await
    }

    async fn recycle(
        &self,
        connection: &mut OpenConnection,
        _: &Metrics,
    ) -> RecycleResult<PortError> {
        if connection.is_usable() {
            Ok(())
        } else {
            Err(RecycleError::message(
                "it was lost, or leads to another server",
            ))
        }
    }
}
