//! Subscriptions to committed changes.

use crate::{
    change::hub::{Interest, Subscription, UserInterest},
    error::PortError,
    identity::user::User,
};
use async_trait::async_trait;

/// Delivers committed changes to subscribers.
///
/// An implementer MUST deliver a change only after its commit, in the order of
/// events, once per subscription, and only to subscriptions whose filter admits
/// it; MUST end a subscription that overruns its bounded queue; and MUST end the
/// subscriptions of a holder who lost the right to them, at the latest after the
/// revoking change, and need not deliver what came before it.
/// [`crate::change::hub::ChangeHub`] does all of this for events that are
/// published to it in order.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::KeyEvent, port::change_feed::ChangeFeed, testing::fixture};
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let interest = fixture::interest(alice.id.0);
/// let mut changes = app.memory.subscribe(interest).await.unwrap();
/// app.with_key(&alice, alice.principal_id).await;
/// let change = changes.next().await.unwrap();
/// assert!(matches!(change.event, KeyEvent::Created(_)));
/// # });
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait ChangeFeed: Send + Sync {
    /// Starts a subscription. Every change whose event comes after
    /// [`Subscription::since`] is delivered, and none up to it. A change that
    /// commits after this call returns comes after it.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if there are too many subscriptions or the feed
    /// is closing.
    async fn subscribe(&self, interest: Interest) -> Result<Subscription, PortError>;

    /// Starts a subscription to the changes of users.
    ///
    /// # Errors
    ///
    /// As [`subscribe`](Self::subscribe).
    async fn subscribe_to_users(
        &self,
        interest: UserInterest,
    ) -> Result<Subscription<User>, PortError>;
}
