//! Connections for reading, and when what they return counts.
//!
//! A read that decides, such as a verification, must not come from a server that is the
//! primary no longer. A read that began under this node's lease is covered by it;
//! otherwise a write on the same connection, after the read, proves that the server still
//! was the primary.

use super::{
    cluster::NodeLease,
    connection::{Connection, OpenConnection, Source},
    reader_pool::{Reader, ReaderPool},
};
use crate::{
    failure::{is_read_only, unavailable},
    fault,
    pool_figures::PoolFigures,
    schema::write_proof,
};
use apikey_domain::{
    error::PortError,
    port::lease::{Lease, LeaseState},
};
use diesel::ExpressionMethods;
use diesel_async::RunQueryDsl;
use futures_util::future::BoxFuture;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

/// How long a verification may wait for a connection and read: a gateway is answered
/// within 2 s.
const VERIFICATION_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long another lookup may take after it has a connection.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a read that may take long may do so after it has a connection.
const SCAN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request waits for a connection.
const POOL_TIMEOUT: Duration = Duration::from_secs(5);

/// Hands out connections from a pool.
#[derive(Clone)]
pub(crate) struct Readers {
    pool: ReaderPool,
    lease: Arc<NodeLease>,
    source: Source,
}

// === impl Readers ===

impl Readers {
    pub(crate) fn new(source: Source, lease: Arc<NodeLease>) -> Result<Self, PortError> {
        Ok(Self {
            pool: ReaderPool::start(source.clone())?,
            lease,
            source,
        })
    }

    /// Returns whether the node holds its lease at this moment.
    pub(crate) fn has_lease(&self) -> bool {
        self.lease.state() == LeaseState::Held
    }

    /// Returns a function that tells of the connections, and keeps none open.
    pub(crate) fn figures(&self) -> impl Fn() -> PoolFigures + Send + Sync + use<> {
        self.pool.figures()
    }

    /// Runs a lookup for a verification, within 1.5 s of `since`.
    pub(crate) async fn verification<T, R>(&self, since: Instant, read: R) -> Result<T, PortError>
    where
        R: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, PortError>>,
    {
        let deadline = since + VERIFICATION_TIMEOUT;
        let reader = self.pool.get(deadline).await?;
        self.read(reader, deadline, read).await
    }

    /// Runs a lookup.
    pub(crate) async fn lookup<T, R>(&self, read: R) -> Result<T, PortError>
    where
        R: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, PortError>>,
    {
        let reader = self.pool.get(Instant::now() + POOL_TIMEOUT).await?;
        self.read(reader, Instant::now() + LOOKUP_TIMEOUT, read)
            .await
    }

    /// Runs a read that may take long, on one of few connections. It is completed, or
    /// canceled in time, even if this future is dropped: a connection whose statement
    /// still runs is of no use to the next read.
    pub(crate) async fn scan<T, R>(&self, read: R) -> Result<T, PortError>
    where
        T: Send + 'static,
        R: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, PortError>>
            + Send
            + 'static,
    {
        let deadline = Instant::now() + POOL_TIMEOUT;
        let reader = self.pool.get_for_scan(deadline).await?;
        let readers = self.clone();
        let reading = tokio::spawn(async move {
            let deadline = Instant::now() + SCAN_TIMEOUT;
            readers.read(reader, deadline, read).await
        });
        reading
            .await
            .unwrap_or_else(|error| Err(unavailable(error)))
    }

    async fn read<T, R>(
        &self,
        mut reader: Reader,
        deadline: Instant,
        read: R,
    ) -> Result<T, PortError>
    where
        R: for<'c> FnOnce(&'c mut Connection) -> BoxFuture<'c, Result<T, PortError>>,
    {
        fault::point("reader");
        let is_covered = self.lease.covers(reader.generation());
        let connection: &mut OpenConnection = &mut reader;
        let reading = async {
            let result = read(connection).await?;
            if !is_covered {
                prove_primary(connection).await?;
            }
            Ok(result)
        };
        match timeout_at(deadline, reading).await {
            Ok(Ok(_)) if !reader.is_current() => {
                Err(unavailable("the database server was replaced meanwhile"))
            }
            Ok(result) => result.inspect_err(|error| {
                if is_read_only(error) {
                    reader.distrust();
                }
            }),
            Err(_) => {
                // Its statement still runs: the connection is closed.
                let source = self.source.clone();
                tokio::spawn(async move { reader.close(&source).await });
                Err(unavailable("the database did not answer in time"))
            }
        }
    }
}

/// Proves that the server still is the primary, by a commit of its own. A server that was
/// fenced before another was promoted commits nothing.
async fn prove_primary(connection: &mut Connection) -> Result<(), PortError> {
    let changed = diesel::update(write_proof::table)
        .set(write_proof::number.eq(write_proof::number + 1))
        .execute(connection)
        .await
        .map_err(unavailable)?;
    match changed {
        1 => Ok(()),
        // Without a row there is no commit.
        _ => Err(unavailable("the table write_proof does not have one row")),
    }
}
