//! Where a commit goes from here: on SQLite to this process alone.

use super::store::Job;
use apikey_domain::change::{
    Change, Position, attribution::Attribution, event::Event, hub::ChangeHub,
};

/// Lets this process hear of commits, in their order.
pub(crate) struct CommitPublisher {
    hub: ChangeHub,
}

/// The numbers of the events of a transaction.
#[derive(Default)]
pub(crate) struct Receipt(pub(super) Vec<i64>);

// === impl CommitPublisher ===

impl CommitPublisher {
    pub(crate) fn new(hub: ChangeHub) -> Self {
        Self { hub }
    }

    /// Hears of a commit before it is answered.
    pub(crate) fn committed(&self, receipt: &Receipt, changed: Vec<(Attribution, Change)>) {
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

    /// Answers a piece of work that took a right away: what is gone here is gone
    /// everywhere.
    pub(crate) fn reply_once_acknowledged(&self, job: Box<dyn Job>, _: &Receipt) {
        job.reply(Ok(()));
    }

    /// It is not known whether a commit took place. Who listens starts anew, and
    /// who lost the right to is gone.
    pub(crate) fn outcome_unknown(&self) {
        self.hub.disconnect_all();
    }
}
