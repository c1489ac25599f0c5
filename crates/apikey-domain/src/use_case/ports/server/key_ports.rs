//! How a service gets the ports that only a server has.

use crate::{
    port::{
        change_feed::ChangeFeed, event_log::EventLog, idempotency_log::IdempotencyLog,
        removals::Removals,
    },
    use_case::ports::KeyPorts,
};
use std::sync::Arc;

impl KeyPorts {
    /// Lets keys be watched. That takes an event log, too.
    #[must_use]
    pub fn with_change_feed(mut self, change_feed: Arc<dyn ChangeFeed>) -> Self {
        self.server.change_feed = change_feed;
        self
    }

    /// Lets the record of every change be read.
    #[must_use]
    pub fn with_event_log(mut self, event_log: Arc<dyn EventLog>) -> Self {
        self.server.event_log = event_log;
        self
    }

    /// Lets the removals under way be listed.
    #[must_use]
    pub fn with_removals(mut self, removals: Arc<dyn Removals>) -> Self {
        self.server.removals = removals;
        self
    }

    /// Lets requests be sent again that make something.
    #[must_use]
    pub fn with_idempotency_log(mut self, idempotency_log: Arc<dyn IdempotencyLog>) -> Self {
        self.server.idempotency_log = idempotency_log;
        self
    }
}
