//! The messages of a node to its event consumer.

use crate::{failure::unavailable, postgres::primary::Generation};
use apikey_domain::error::PortError;
use std::time::Duration;
use tokio::sync::oneshot;

/// A message to the event consumer.
pub(super) enum Commit {
    /// This node has committed a transaction with events, and applied it.
    Made {
        transaction: i64,
        generation: Generation,
    },
    /// A request awaits the acknowledgement of a transaction by all nodes.
    Awaited(AwaitedCommit),
}

/// A commit whose request awaits its acknowledgement by all nodes.
pub(super) struct AwaitedCommit {
    pub(super) transaction: i64,
    /// The generation of the connection that it was committed on.
    pub(super) generation: Generation,
    /// When this node learned that it was committed, by the boot clock.
    pub(super) committed: Duration,
    pub(super) reply: oneshot::Sender<Result<(), PortError>>,
}

// === impl AwaitedCommit ===

impl AwaitedCommit {
    /// Fails the request, because the server that has the commit was replaced.
    pub(super) fn fail_replaced(self) {
        let cause = "the database server was replaced: whether it has the change is unknown";
        // The request may have been dropped.
        let _ = self.reply.send(Err(unavailable(cause)));
    }
}
