//! Publishes commits: on SQLite to this process alone.

use super::{backend::Receipt, store::Job};
use apikey_domain::{
    access::attribution::Attribution,
    change::{Change, Position, event::Event, hub::ChangeHub},
};

/// Publishes commits to this process, in their order.
#[derive(Clone)]
pub(crate) struct CommitPublisher {
    hub: ChangeHub,
}

// === impl CommitPublisher ===

impl CommitPublisher {
    pub(crate) fn new(hub: ChangeHub) -> Self {
        Self { hub }
    }

    /// Receives a commit before it is answered.
    pub(crate) fn publish(&self, receipt: &Receipt, changed: Vec<(Attribution, Change)>) {
        let Some(last) = receipt.0.last() else {
            return;
        };
        for (_, change) in &changed {
            self.hub.invalidate(change);
        }
        let events = receipt.0.iter().zip(changed);
        let events = events.map(|(number, (attribution, change))| Event {
            position: Position {
                horizon: *number,
                number: *number,
            },
            transaction: *number,
            attribution,
            change,
        });
        self.hub.publish(events);
        self.hub.advance(Position::before_horizon(last + 1));
    }

    /// Replies to a job at once: a revocation that is applied in this process is
    /// applied everywhere.
    pub(crate) fn reply_once_acknowledged(&self, job: Box<dyn Job>, _: &Receipt) {
        job.reply(Ok(()));
    }

    /// Receives that the outcome of a commit is unknown. All subscribers are
    /// disconnected, and may reconnect if they still have the right to.
    pub(crate) fn outcome_unknown(&self) {
        self.hub.disconnect_all();
    }
}
