//! The feed of a node: reads what all nodes change, and keeps the lease with
//! which this one trusts its memory. `docs/cluster.md` tells the protocol and
//! proves it.

mod backoff;
pub(crate) mod boot_clock;
mod client;
mod commit;
mod dispatch;
mod figures;
mod heartbeat;
mod lease;
mod listener;
mod peers;
mod signal;
mod wakeups;

use super::connection::Source;
use crate::{cluster_settings::ClusterSettings, failure::unavailable};
use apikey_domain::error::PortError;
use commit::{Commit, Wait};
pub(crate) use dispatch::Dispatcher;
pub(crate) use figures::ClusterFigures;
use heartbeat::Heartbeat;
pub(crate) use lease::NodeLease;
use std::{sync::Arc, thread::JoinHandle};
use tokio::sync::{mpsc, oneshot};

/// Tells the feed what this node does. The feed ends when the last is dropped.
#[derive(Clone)]
pub(crate) struct EventConsumer {
    commits: mpsc::UnboundedSender<Commit>,
}

/// A feed that was started.
pub(crate) struct Started {
    pub(crate) consumer: EventConsumer,
    pub(crate) lease: Arc<NodeLease>,
    pub(crate) figures: Arc<ClusterFigures>,
    pub(crate) thread: JoinHandle<()>,
}

// === impl EventConsumer ===

impl EventConsumer {
    /// Starts the feed on a thread of its own, where `dispatcher` begins.
    pub(crate) async fn start(
        source: Source,
        settings: ClusterSettings,
        dispatcher: Dispatcher,
    ) -> Result<Started, PortError> {
        // Commits wait for their requests, of which there are only so many.
        let (commits, heard) = mpsc::unbounded_channel();
        let lease = Arc::new(NodeLease::new(settings.stale));
        let figures = Arc::new(ClusterFigures::default());
        let rounds = Heartbeat::new(source, settings, lease.clone(), figures.clone(), dispatcher);
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
            consumer: Self { commits },
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
