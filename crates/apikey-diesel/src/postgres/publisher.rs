//! Publishes commits: on PostgreSQL to all nodes, through the event consumer.

use super::{backend::Receipt, cluster::EventConsumer, store::Job};
use apikey_domain::{
    access::attribution::Attribution,
    change::{Change, hub::ChangeHub},
};

/// Invalidates the caches of this process after its own commits, and wakes the peers.
#[derive(Clone)]
pub(crate) struct CommitPublisher {
    hub: ChangeHub,
    consumer: EventConsumer,
}

// === impl CommitPublisher ===

impl CommitPublisher {
    pub(crate) fn new(hub: ChangeHub, consumer: EventConsumer) -> Self {
        Self { hub, consumer }
    }

    /// Receives a commit before it is answered. Subscribers receive it from the event
    /// consumer, which knows the order across all nodes.
    pub(crate) fn publish(&self, receipt: &Receipt, changed: Vec<(Attribution, Change)>) {
        for (_, change) in &changed {
            self.hub.invalidate(change);
        }
        if let Some(transaction) = receipt.transaction
            && !changed.is_empty()
        {
            self.consumer.committed(transaction, receipt.generation);
        }
    }

    /// Replies to a job once no node uses data from before its transaction. No other
    /// job waits for that.
    pub(crate) fn reply_once_acknowledged(&self, job: Box<dyn Job>, receipt: &Receipt) {
        let Some(transaction) = receipt.transaction else {
            return job.reply(Ok(()));
        };
        let applied = self
            .consumer
            .applied_everywhere(transaction, receipt.generation);
        tokio::spawn(async move { job.reply(applied.await) });
    }

    /// Receives that the outcome of a commit is unknown. If the commit took place, the
    /// event consumer reads its events as if another node had made it.
    pub(crate) fn outcome_unknown(&self) {}
}
