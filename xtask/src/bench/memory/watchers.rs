//! Many watchers at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::bench::http::{Connection, get, post};
use crate::bench::tenant::{KEY_NAME, Tenant};

/// How many open their streams at the same time.
const OPENING: usize = 64;

/// The name of the key whose creation all watchers are told.
const NEWS: &str = "what the watchers wait for";

/// Streams that are open and idle.
pub(super) struct Watchers {
    /// Each ends when it was told the news.
    tasks: JoinSet<Result<Instant>>,
}

/// How fast news spread.
pub(super) struct Spread {
    /// Until the change was answered.
    pub(super) answered: Duration,
    /// Until the last watcher had it.
    pub(super) last: Duration,
}

// === impl Watchers ===

impl Watchers {
    /// Opens so many streams, each with the one key that is there, and gives
    /// the time that took.
    pub(super) async fn open(
        address: SocketAddr,
        tenant: &Tenant,
        count: u32,
    ) -> Result<(Self, Duration)> {
        let request: Arc<[u8]> = get("/v2/api-keys?watch=true", tenant.authorization()).into();
        let places = Arc::new(Semaphore::new(OPENING));
        let (opened, mut openings) = mpsc::unbounded_channel();
        let started = Instant::now();
        let mut tasks = JoinSet::new();
        for _ in 0..count {
            let (request, places) = (Arc::clone(&request), Arc::clone(&places));
            tasks.spawn(watch(address, request, places, opened.clone()));
        }
        for _ in 0..count {
            tokio::select! {
                _ = openings.recv() => {}
                Some(ended) = tasks.join_next() => {
                    ended??;
                    bail!("a watcher was told what had not happened");
                }
            }
        }
        Ok((Self { tasks }, started.elapsed()))
    }

    /// Makes a change and waits until every watcher was told.
    ///
    /// # Errors
    ///
    /// When a watcher's stream ended before.
    pub(super) async fn tell(mut self, address: SocketAddr, tenant: &Tenant) -> Result<Spread> {
        let mut connection = Connection::open(address).await?;
        let body = format!(r#"{{"name":"{NEWS}"}}"#);
        let request = post("/v2/api-keys", tenant.authorization(), &body);
        let sent = Instant::now();
        connection.exchange(&request).await?.expect_ok()?;
        let answered = sent.elapsed();
        let mut last = sent;
        while let Some(told) = self.tasks.join_next().await {
            last = last.max(told??);
        }
        let last = last.duration_since(sent);
        Ok(Spread { answered, last })
    }
}

/// Opens a stream, tells so once the key that is there has come, and reads
/// until the news have come.
async fn watch(
    address: SocketAddr,
    request: Arc<[u8]>,
    places: Arc<Semaphore>,
    opened: mpsc::UnboundedSender<()>,
) -> Result<Instant> {
    let place = places.acquire().await?;
    let mut connection = Connection::open(address).await?;
    connection.follow(&request).await?;
    connection.read_past(KEY_NAME).await?;
    connection.shrink();
    drop(place);
    opened.send(())?;
    connection
        .read_past(NEWS)
        .await
        .context("a watcher missed the news")?;
    Ok(Instant::now())
}
