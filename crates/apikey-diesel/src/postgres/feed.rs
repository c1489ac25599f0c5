//! The feed of a node: reads what all nodes change, and keeps the lease with
//! which this one trusts its memory. `docs/cluster.md` tells the protocol and
//! proves it.

mod back_off;
pub(crate) mod boot_clock;
mod client;
mod delivery;
mod listener;
mod node_lease;
mod others;
mod rounds;
mod wakes;

use super::connection::Source;
use crate::{failure::unavailable, feed_settings::FeedSettings};
use apikey_domain::{
    change::{Position, hub::ChangeHub},
    error::PortError,
};
pub(crate) use node_lease::NodeLease;
use rounds::Rounds;
use std::{
    sync::{Arc, atomic::AtomicUsize},
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};

/// Tells the feed what this node does. The feed ends when the last is dropped.
#[derive(Clone)]
pub(crate) struct Feed {
    commits: mpsc::UnboundedSender<Commit>,
}

/// What the feed is told by this node.
enum Commit {
    /// It has committed this transaction, with events, and applied it.
    Made(i64),
    /// Someone waits until a transaction is applied everywhere.
    Awaited(Wait),
}

/// Someone who waits until a transaction is applied everywhere.
struct Wait {
    transaction: i64,
    /// When it was known to be committed, by the boot clock.
    committed: Duration,
    reply: oneshot::Sender<Result<(), PortError>>,
}

/// What the feed tells of itself.
#[derive(Default)]
pub(crate) struct FeedFigures {
    /// How many other nodes there are that may trust their memory.
    pub(crate) others: AtomicUsize,
    /// How many changes wait for them.
    pub(crate) waiting: AtomicUsize,
}

/// A feed that was started.
pub(crate) struct Started {
    pub(crate) feed: Feed,
    pub(crate) lease: Arc<NodeLease>,
    pub(crate) figures: Arc<FeedFigures>,
    pub(crate) thread: JoinHandle<()>,
}

// === impl Feed ===

impl Feed {
    /// Starts the feed on a thread of its own, with the events behind `cursor`.
    /// `hub` knows where it begins when this returns.
    pub(crate) async fn start(
        source: Source,
        hub: ChangeHub,
        settings: FeedSettings,
        cursor: Position,
    ) -> Result<Started, PortError> {
        // Commits wait for their requests, of which there are only so many.
        let (commits, heard) = mpsc::unbounded_channel();
        let lease = Arc::new(NodeLease::new(settings.stale));
        let figures = Arc::new(FeedFigures::default());
        let rounds = Rounds::new(
            source,
            hub,
            settings,
            lease.clone(),
            figures.clone(),
            cursor,
        );
        let (ready, is_ready) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(unavailable)?;
        let thread = std::thread::Builder::new()
            .name("apikey-feed".to_owned())
            .spawn(move || runtime.block_on(rounds.until_closed(heard, ready)))
            .map_err(unavailable)?;
        is_ready.await.map_err(unavailable)??;
        Ok(Started {
            feed: Self { commits },
            lease,
            figures,
            thread,
        })
    }

    /// This node has committed a transaction with events.
    pub(crate) fn committed(&self, transaction: i64) {
        // Without a feed nobody is told, and nobody trusts this node's memory.
        let _ = self.commits.send(Commit::Made(transaction));
    }

    /// Waits until no node goes by what was before `transaction`, which has been
    /// committed.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when that cannot be known.
    pub(crate) fn applied_everywhere(
        &self,
        transaction: i64,
    ) -> impl Future<Output = Result<(), PortError>> + Send + use<> {
        let (reply, applied) = oneshot::channel();
        let wait = Wait {
            transaction,
            committed: boot_clock::now(),
            reply,
        };
        let _ = self.commits.send(Commit::Awaited(wait));
        async move {
            let stopped = || unavailable("the feed has stopped");
            applied.await.unwrap_or_else(|_| Err(stopped()))
        }
    }
}
