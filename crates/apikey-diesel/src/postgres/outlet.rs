//! Where a commit goes from here: on PostgreSQL to all nodes, through the feed.

use super::{feed::Feed, writer::Job};
use apikey_domain::change::{Change, attribution::Attribution, hub::ChangeHub};

/// Lets this process hear of its own commits, and wakes the other nodes.
pub(crate) struct Outlet {
    hub: ChangeHub,
    feed: Feed,
}

/// The transaction, if anybody must know of it.
#[derive(Default)]
pub(crate) struct Receipt(pub(super) Option<i64>);

// === impl Outlet ===

impl Outlet {
    pub(crate) fn new(hub: ChangeHub, feed: Feed) -> Self {
        Self { hub, feed }
    }

    /// Hears of a commit before it is answered. Subscribers hear of it from the
    /// feed, which knows the order among all nodes.
    pub(crate) fn committed(&self, receipt: &Receipt, changed: Vec<(Attribution, Change)>) {
        for (_, change) in &changed {
            self.hub.committed(change);
        }
        if let Some(transaction) = receipt.0
            && !changed.is_empty()
        {
            self.feed.committed(transaction);
        }
    }

    /// Answers a piece of work once no node goes by what was before its transaction.
    /// Nothing else waits for that.
    pub(crate) fn answer_when_final(&self, job: Box<dyn Job>, receipt: &Receipt) {
        let Some(transaction) = receipt.0 else {
            return job.answer(Ok(()));
        };
        let applied = self.feed.applied_everywhere(transaction);
        tokio::spawn(async move { job.answer(applied.await) });
    }

    /// It is not known whether a commit took place. If it did, the feed tells of
    /// it, as if another node had made it.
    pub(crate) fn uncertain(&self) {}
}
