//! The committed changes, as they happen.

use super::StoreError;
use crate::change::hub::{Interest, Subscription};
use async_trait::async_trait;

/// Tells subscribers of committed changes.
///
/// An implementer MUST deliver a change only after its commit, in commit
/// order, once for each subscription, and only to subscriptions whose filter
/// admits it; MUST end a subscription that falls behind its bounded queue; MUST
/// end the subscriptions of a holder who lost the right to them, after the
/// change that took it away. [`crate::change::hub::ChangeHub`] does all of
/// this for changes published to it in commit order.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ChangeFeed: Send + Sync {
    /// Starts a subscription. Every change that commits after this returns is
    /// delivered; one that commits meanwhile may be.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there are too many subscriptions or the
    /// feed is closing.
    async fn subscribe(&self, interest: Interest) -> Result<Subscription, StoreError>;
}
