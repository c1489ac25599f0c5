//! What a node tells its event consumer.

use apikey_domain::error::PortError;
use std::time::Duration;
use tokio::sync::oneshot;

/// What the event consumer is told by this node.
pub(super) enum Commit {
    /// It has committed this transaction, with events, and applied it.
    Made(i64),
    /// Someone waits until a transaction is applied everywhere.
    Awaited(Wait),
}

/// Someone who waits until a transaction is applied everywhere.
pub(super) struct Wait {
    pub(super) transaction: i64,
    /// When it was known to be committed, by the boot clock.
    pub(super) committed: Duration,
    pub(super) reply: oneshot::Sender<Result<(), PortError>>,
}
