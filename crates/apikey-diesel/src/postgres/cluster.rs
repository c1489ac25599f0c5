//! The node's event consumer and lease: reads the changes of all nodes, and holds
//! the lease under which this node uses its cache. `docs/cluster.md` has the protocol
//! and its proof.

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
mod server_record;
mod signal;
mod wakeups;

use super::{connection::Source, primary::Generation};
use crate::{
    announcement::Announcement, cluster_settings::ClusterSettings, failure::unavailable,
    supervision::Supervisor,
};
use apikey_domain::error::PortError;
use commit::{AwaitedCommit, Commit};
pub(crate) use dispatch::Dispatcher;
pub(crate) use figures::ClusterFigures;
use heartbeat::Heartbeat;
pub(crate) use lease::{LEASE_TERM, NodeLease};
use std::{sync::Arc, thread::JoinHandle};
use tokio::sync::{mpsc, oneshot};

/// The handle to the node's event consumer, which ends when the last handle is
/// dropped.
#[derive(Clone)]
pub(crate) struct EventConsumer {
    commits: mpsc::UnboundedSender<Commit>,
}

/// An event consumer that was started.
pub(crate) struct Started {
    pub(crate) consumer: EventConsumer,
    pub(crate) lease: Arc<NodeLease>,
    pub(crate) figures: Arc<ClusterFigures>,
    pub(crate) thread: JoinHandle<()>,
}

// === impl EventConsumer ===

impl EventConsumer {
    /// Starts the consumer on a thread of its own, from the cursor of `dispatcher`.
    pub(crate) async fn start(
        source: Source,
        settings: ClusterSettings,
        announcement: Announcement,
        dispatcher: Dispatcher,
        supervisor: &Supervisor,
    ) -> Result<Started, PortError> {
        // The number of commits in the channel is bounded by that of open requests.
        let (commits, received) = mpsc::unbounded_channel();
        let lease = Arc::new(NodeLease::new(source.primary().clone(), settings.stale));
        let figures = Arc::new(ClusterFigures::default());
        let heartbeat = Heartbeat::new(
            source,
            settings,
            announcement,
            lease.clone(),
            figures.clone(),
            dispatcher,
            supervisor.clone(),
        );
        let (ready, is_ready) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(unavailable)?;
        let thread = std::thread::Builder::new()
            .name("apikey-feed".to_owned())
            .spawn(move || runtime.block_on(heartbeat.run(received, ready)))
            .map_err(unavailable)?;
        is_ready.await.map_err(unavailable)??;
        Ok(Started {
            consumer: Self { commits },
            lease,
            figures,
            thread,
        })
    }

    /// Receives that this node has committed a transaction with events.
    pub(crate) fn committed(&self, transaction: i64, generation: Generation) {
        // If the consumer has stopped, so has the lease: the cache is not used.
        let _ = self.commits.send(Commit::Made {
            transaction,
            generation,
        });
    }

    /// Waits until no node uses data from before `transaction`, which has been
    /// committed.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the outcome is unknown.
    pub(crate) fn applied_everywhere(
        &self,
        transaction: i64,
        generation: Generation,
    ) -> impl Future<Output = Result<(), PortError>> + Send + use<> {
        let (reply, applied) = oneshot::channel();
        let awaited = AwaitedCommit {
            transaction,
            generation,
            committed: boot_clock::now(),
            reply,
        };
        let _ = self.commits.send(Commit::Awaited(awaited));
        async move {
            let stopped = || unavailable("the feed has stopped");
            applied.await.unwrap_or_else(|_| Err(stopped()))
        }
    }
}
