//! The messages of a node to its event consumer.

use apikey_domain::error::PortError;
use std::time::Duration;
use tokio::sync::oneshot;

/// A message to the event consumer.
pub(super) enum Commit {
    /// This node has committed a transaction with events, and applied it.
    Made(i64),
    /// A request awaits the acknowledgement of a transaction by all nodes.
    Awaited(AwaitedCommit),
}

/// A commit whose request awaits its acknowledgement by all nodes.
pub(super) struct AwaitedCommit {
    pub(super) transaction: i64,
    /// When this node learned that it was committed, by the boot clock.
    pub(super) committed: Duration,
    pub(super) reply: oneshot::Sender<Result<(), PortError>>,
}
