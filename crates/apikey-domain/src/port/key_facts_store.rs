//! The stored data needed to verify a key.

use crate::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    verification::facts::{KeyFacts, KeyOwner},
};
use async_trait::async_trait;
use std::sync::Arc;

/// Owners of keys that need not be read again.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identifier::{PrincipalId, UserId}, port::key_facts_store::{KeyFactsStore, KnownOwners},
///     verification::facts::KeyOwner,
/// };
/// use std::sync::Arc;
///
/// # futures_executor::block_on(async {
/// /// Knows nobody: every owner is read.
/// struct Nobody;
///
/// impl KnownOwners for Nobody {
///     fn owner(&self, _: UserId, _: PrincipalId) -> Option<Arc<KeyOwner>> {
///         None
///     }
/// }
///
/// let memory = apikey_testing::Memory::new();
/// let facts = memory.read_with_owners("0123456789abcdef", &Nobody).await;
/// assert!(facts.unwrap().is_none());
/// # });
/// ```
pub trait KnownOwners: Send + Sync {
    /// Returns the owner of the keys of a user in a principal, if it is known. It MUST be
    /// as every change says that was acknowledged before the call, if the node holds its
    /// lease at the call.
    fn owner(&self, user_id: UserId, owner_principal_id: PrincipalId) -> Option<Arc<KeyOwner>>;
}

/// Reads the data needed to verify a key.
///
/// The data MUST have been true at some instant after the call began: once the
/// store has acknowledged a change, no later call returns the earlier data.
///
/// # Example
///
/// ```
/// use apikey_domain::port::key_facts_store::KeyFactsStore;
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let caller = app.with_key(&alice, alice.principal_id).await;
/// let facts = app.memory.read(caller.key().unwrap().access_key.as_str()).await.unwrap();
/// assert_eq!(facts.unwrap().owner.user_id, alice.id);
/// # });
/// ```
#[async_trait]
pub trait KeyFactsStore: Send + Sync {
    /// Reads the facts of an access key, compared bytewise; text that no access
    /// key can contain (such as NUL) finds nothing.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable and
    /// [`PortError::Corrupt`] if a row breaks the domain's rules.
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError>;

    /// The same, with less to read if the owner is known. A store MUST ask for the owner
    /// after it has read the key, and only while its node holds its lease. The last use
    /// MAY be left out.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    async fn read_with_owners(
        &self,
        access_key: &str,
        _known: &dyn KnownOwners,
    ) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.read(access_key).await
    }
}
