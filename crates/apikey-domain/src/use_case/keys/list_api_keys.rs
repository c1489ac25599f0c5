//! Listing keys.

use crate::{
    access::{
        policy::{ApiKeyFilter, KeySelection},
        tenant::TenantContext,
    },
    error::{Error, Forbidden, PortError},
    identifier::ApiKeyId,
    key::{api_key::ApiKey, place::Place},
    listing::{Order, Piece, Window},
    port::api_key_repository::ApiKeyRepository,
    use_case::{
        batches::{BatchSource, Batches},
        pieces::Pieces,
        ports::KeyPorts,
    },
};
use async_trait::async_trait;
use std::sync::Arc;

/// Lists one window of the selected keys, as far as the caller is shown them.
///
/// # Errors
///
/// Those of [`ApiKeyFilter::of`] and of the repository.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     access::policy::KeySelection, listing::{Order, Window},
///     use_case::keys::list_api_keys::list_api_keys,
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// app.with_key(&alice, alice.principal_id).await;
/// let (order, first) = (Order::parse("-created_at").unwrap(), Window::page(1, 20).unwrap());
/// let context = in_own_principal(&alice);
/// let keys = list_api_keys(&context, &app.keys, &KeySelection::OWN, &order, first).await;
/// assert_eq!(keys.unwrap().total(), 1);
/// # });
/// ```
pub async fn list_api_keys(
    context: &TenantContext,
    ports: &KeyPorts,
    selection: &KeySelection,
    order: &Order,
    window: Window,
) -> Result<Pieces<ApiKey>, Error> {
    let filter = ApiKeyFilter::of(context, &ports.policies, selection)?;
    let page = ports.api_keys.list(&filter, order, window).await?;
    let repository = Arc::clone(&ports.api_keys);
    Ok(Pieces::new(page, move |ids| {
        let repository = Arc::clone(&repository);
        Box::pin(async move { repository.keys(&ids).await })
    }))
}

/// Iterates over every selected key that the caller is shown, in pieces, so that a list of
/// any length takes bounded memory.
///
/// A key that exists throughout and keeps its place in the order is returned
/// once. A key that is created, deleted or reordered meanwhile is returned at most
/// once for each place it had.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     access::policy::KeySelection, listing::Order, use_case::keys::list_api_keys::AllApiKeys,
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// app.with_key(&alice, alice.principal_id).await;
/// let context = in_own_principal(&alice);
/// let order = Order::parse("name").unwrap();
/// let mut all = AllApiKeys::new(&context, &app.keys, &KeySelection::OWN, order).unwrap();
/// while !all.is_last() {
///     assert_eq!(all.next().await.unwrap().len(), 1);
/// }
/// # });
/// ```
pub struct AllApiKeys(Batches<KeySource>);

struct KeySource {
    api_keys: Arc<dyn ApiKeyRepository>,
    filter: ApiKeyFilter,
    order: Order,
}

// === impl AllApiKeys ===

impl AllApiKeys {
    /// The maximum number of keys per batch.
    pub const BATCH: u32 = 100;

    /// Creates an iterator that starts with the first key.
    ///
    /// # Errors
    ///
    /// Those of [`ApiKeyFilter::of`].
    pub fn new(
        context: &TenantContext,
        ports: &KeyPorts,
        selection: &KeySelection,
        order: Order,
    ) -> Result<Self, Forbidden> {
        Ok(Self(Batches::of(KeySource {
            api_keys: Arc::clone(&ports.api_keys),
            filter: ApiKeyFilter::of(context, &ports.policies, selection)?,
            order,
        })))
    }

    /// Returns whether nothing follows what has been returned.
    pub fn is_last(&self) -> bool {
        self.0.is_last()
    }

    /// Returns the next piece, which is empty at the end.
    ///
    /// # Errors
    ///
    /// Those of the repository.
    pub async fn next(&mut self) -> Result<Vec<ApiKey>, Error> {
        self.0.next().await
    }
}

// === impl KeySource ===

#[async_trait]
impl BatchSource for KeySource {
    type Entry = ApiKey;
    type Place = Place;

    async fn batch(
        &self,
        after: Option<&Place>,
    ) -> Result<(Piece<ApiKey>, Option<Place>), PortError> {
        let (filter, order) = (&self.filter, &self.order);
        let batch = self
            .api_keys
            .list_after(filter, order, after, AllApiKeys::BATCH);
        let batch = batch.await?;
        Ok((batch.piece, batch.next))
    }

    async fn entries(&self, ids: &[ApiKeyId]) -> Result<Piece<ApiKey>, PortError> {
        self.api_keys.keys(ids).await
    }
}
