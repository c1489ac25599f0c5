//! Where a commit goes from here: on PostgreSQL to all nodes, through the consumer.

use super::{cluster::EventConsumer, store::Job};
use apikey_domain::change::{Change, attribution::Attribution, hub::ChangeHub};

/// Lets this process hear of its own commits, and wakes the other nodes.
pub(crate) struct CommitPublisher {
    hub: ChangeHub,
    consumer: EventConsumer,
}

/// The transaction, if anybody must know of it.
#[derive(Default)]
pub(crate) struct Receipt(pub(super) Option<i64>);

// === impl CommitPublisher ===

impl CommitPublisher {
    pub(crate) fn new(hub: ChangeHub, consumer: EventConsumer) -> Self {
        Self { hub, consumer }
    }

    /// Hears of a commit before it is answered. Subscribers hear of it from the
    /// consumer, which knows the order among all nodes.
    pub(crate) fn committed(&self, receipt: &Receipt, changed: Vec<(Attribution, Change)>) {
        for (_, change) in &changed {
            self.hub.invalidate(change);
        }
        if let Some(transaction) = receipt.0
            && !changed.is_empty()
        {
            self.consumer.committed(transaction);
        }
    }

    /// Answers a piece of work once no node goes by what was before its transaction.
    /// Nothing else waits for that.
    pub(crate) fn reply_once_acknowledged(&self, job: Box<dyn Job>, receipt: &Receipt) {
        let Some(transaction) = receipt.0 else {
            return job.reply(Ok(()));
        };
        let applied = self.consumer.applied_everywhere(transaction);
        tokio::spawn(async move { job.reply(applied.await) });
    }

    /// It is not known whether a commit took place. If it did, the consumer tells of
    /// it, as if another node had made it.
    pub(crate) fn outcome_unknown(&self) {}
}
