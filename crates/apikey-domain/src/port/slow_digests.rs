//! Digests that take long to compute.

use crate::{
    error::PortError,
    identifier::UserId,
    identity::sign_in::Network,
    key::digest::{ForeignDigest, HashedText},
};
use async_trait::async_trait;
use std::sync::Arc;

/// For whom a slow digest is computed. Where several wait, parties take turns.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identifier::UserId, identity::sign_in::Network, port::slow_digests::KeyParty,
/// };
///
/// let alice = KeyParty { network: Network::UNKNOWN, user_id: UserId(1) };
/// assert_ne!(alice, KeyParty { user_id: UserId(2), ..alice });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyParty {
    /// From where the key is presented, as far as that is known. Networks take turns.
    pub network: Network,
    /// The user the key is said to belong to. Those of one network take turns.
    pub user_id: UserId,
}

/// Remembers whether a text was the right one. To be called also if whoever asked has gone:
/// what was computed once is not computed again.
///
/// # Example
///
/// ```
/// use apikey_domain::port::slow_digests::Remember;
/// use std::sync::mpsc::channel;
///
/// let (sender, remembered) = channel();
/// let remember: Remember = Box::new(move |is_right| sender.send(is_right).unwrap());
/// remember(true);
/// assert_eq!(remembered.recv(), Ok(true));
/// ```
pub type Remember = Box<dyn FnOnce(bool) + Send>;

/// Computes digests that take long: of keys that other services made.
///
/// MUST bound how many are computed concurrently, how many wait and for how long, and
/// MUST NOT block the caller's event loop. Passwords MUST have turns of their own, however
/// many keys wait. Of those that wait, networks MUST take turns, and within a network users,
/// however many of one wait. If too many wait, the network and the user with the most of
/// them MUST give way.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     error::PortError, identifier::UserId, identity::sign_in::Network,
///     key::digest::{ForeignDigest, HashedText},
///     port::slow_digests::{KeyParty, Remember, SlowDigests},
/// };
/// use async_trait::async_trait;
/// use std::sync::Arc;
///
/// /// Has too much to do, always.
/// struct Busy;
///
/// #[async_trait]
/// impl SlowDigests for Busy {
///     async fn matches(
///         &self, _: HashedText, _: Arc<ForeignDigest>, _: KeyParty, _: Remember,
///     ) -> Result<bool, PortError> {
///         Err(PortError::Unavailable("too many digests to compute".into()))
///     }
/// }
///
/// # futures_executor::block_on(async {
/// let text = "$2b$04$abcdefghijklmnopqrstuuvmCvlqyC2IqsiDAREX3h0m37/QhRdUO";
/// let digest = Arc::new(ForeignDigest::parse(text).unwrap());
/// let party = KeyParty { network: Network::UNKNOWN, user_id: UserId(1) };
/// assert!(Busy.matches(HashedText::new("secret"), digest, party, Box::new(drop)).await.is_err());
/// # });
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait SlowDigests: Send + Sync {
    /// Returns whether the digest is that of this text. A digest that is not slow is that
    /// of none. The comparison MUST be constant-time, as that of the digest itself is.
    ///
    /// A computation that has begun MUST be completed and remembered, even if this future
    /// is dropped; one that still waits MUST NOT begin.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if too many wait, or no slot became free in time.
    async fn matches(
        &self,
        text: HashedText,
        digest: Arc<ForeignDigest>,
        party: KeyParty,
        remember: Remember,
    ) -> Result<bool, PortError>;
}
