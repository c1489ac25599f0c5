//! The data needed to verify a key, cached or not.

use super::key_facts_store::KeyFactsStore;
use crate::{error::PortError, verification::facts::KeyFacts};
use async_trait::async_trait;
use std::sync::Arc;

/// Returns the data needed to verify a key: from a cache, or from the store.
///
/// A cache MUST keep the promise of the [`KeyFactsStore`] behind it: no call that
/// begins after a change was acknowledged returns the earlier data.
///
/// Every [`KeyFactsStore`] is a source that caches nothing.
///
/// # Example
///
/// ```
/// use apikey_domain::{gpustack::Scope, port::key_facts_source::KeyFactsSource};
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let caller = app.with_key(&alice, alice.principal_id).await;
/// let access_key = caller.key().unwrap().access_key.as_str();
/// assert!(app.memory.cached(access_key).is_none()); // It is a store.
/// let facts = app.memory.load(access_key).await.unwrap().unwrap();
/// assert!(facts.scope.grants(Scope::Inference));
/// # });
/// ```
#[async_trait]
pub trait KeyFactsSource: Send + Sync {
    /// Returns the facts without waiting, if they are cached and current.
    fn cached(&self, access_key: &str) -> Option<Arc<KeyFacts>>;

    /// Returns the facts of an access key, compared bytewise; text that no access
    /// key can contain (such as NUL) finds nothing.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is unavailable and
    /// [`PortError::Corrupt`] if a row breaks the domain's rules.
    async fn load(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError>;

    /// Returns the facts from the store, bypassing the cache.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    async fn load_uncached(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError>;
}

#[async_trait]
impl<S: KeyFactsStore> KeyFactsSource for S {
    fn cached(&self, _: &str) -> Option<Arc<KeyFacts>> {
        None
    }

    async fn load(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.read(access_key).await
    }

    async fn load_uncached(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.read(access_key).await
    }
}
