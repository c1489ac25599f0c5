//! The committed changes, as they happen.

use crate::{
    change::hub::{Interest, Subscription},
    error::PortError,
};
use async_trait::async_trait;

/// Tells subscribers of committed changes.
///
/// An implementer MUST deliver a change only after its commit, in the order of
/// events, once for each subscription, and only to subscriptions whose filter
/// admits it; MUST end a subscription that falls behind its bounded queue; MUST
/// end the subscriptions of a holder who lost the right to them, at the latest
/// after the change that took it away, and need not tell them what came before. [`crate::change::hub::ChangeHub`] does all of
/// this for events published to it in their order.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ChangeFeed: Send + Sync {
    /// Starts a subscription. Every change whose event lies behind
    /// [`Subscription::since`] is delivered, and none up to there; a change that
    /// commits after this returns lies behind it.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when there are too many subscriptions or the
    /// feed is closing.
    async fn subscribe(&self, interest: Interest) -> Result<Subscription, PortError>;
}
