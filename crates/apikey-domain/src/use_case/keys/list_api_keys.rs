//! Listing keys.

use crate::{
    access::policy::ApiKeyFilter,
    error::Error,
    identifier::ApiKeyId,
    key::{api_key::ApiKey, model_names::AllowedModelNames},
    listing::{Order, Piece, Window},
    port::api_key_repository::ApiKeyRepository,
    use_case::{pieces::Pieces, ports::KeyPorts},
};
use std::sync::Arc;

/// Lists one window of the keys that `filter` admits.
///
/// # Errors
///
/// Those of the repository.
pub async fn list_api_keys(
    ports: &KeyPorts,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
) -> Result<Pieces<ApiKey>, Error> {
    let page = ports.api_keys.list(filter, order, window).await?;
    let repository = Arc::clone(&ports.api_keys);
    Ok(Pieces::new(page, move |ids| {
        let repository = Arc::clone(&repository);
        Box::pin(async move { repository.keys(&ids).await })
    }))
}

/// Iterates over every key that `filter` admits, in pieces, so that a list of any
/// length takes bounded memory.
///
/// A key that exists throughout and keeps its place in the order is returned
/// once. A key that is created, deleted or reordered meanwhile is returned at most
/// once for each place it had.
pub struct AllApiKeys {
    api_keys: Arc<dyn ApiKeyRepository>,
    filter: ApiKeyFilter,
    order: Order,
    /// The last key that was returned, without its large fields.
    last: Option<ApiKey>,
    /// The keys of the current batch that are still to be read.
    rest: Vec<ApiKeyId>,
    is_last_batch: bool,
}

impl AllApiKeys {
    /// The maximum number of keys per batch.
    pub const BATCH: u32 = 100;

    /// Creates an iterator that starts with the first key.
    pub fn new(ports: &KeyPorts, filter: ApiKeyFilter, order: Order) -> Self {
        Self {
            api_keys: Arc::clone(&ports.api_keys),
            filter,
            order,
            last: None,
            rest: Vec::new(),
            is_last_batch: false,
        }
    }

    /// Returns whether nothing follows what has been returned.
    pub fn is_last(&self) -> bool {
        self.is_last_batch && self.rest.is_empty()
    }

    /// Returns the next piece, which is empty at the end.
    ///
    /// # Errors
    ///
    /// Those of the repository.
    pub async fn next(&mut self) -> Result<Vec<ApiKey>, Error> {
        // All keys of a piece may be gone.
        while !self.is_last() {
            let Piece { items, rest } = self.piece().await?;
            self.rest = rest;
            if let Some(last) = items.last() {
                self.last = Some(place_of(last));
                return Ok(items);
            }
        }
        Ok(Vec::new())
    }

    async fn piece(&mut self) -> Result<Piece<ApiKey>, Error> {
        if !self.rest.is_empty() {
            return Ok(self.api_keys.keys(&self.rest).await?);
        }
        let (previous, limit) = (self.last.as_ref(), Self::BATCH);
        let keys = &self.api_keys;
        let piece = keys
            .list_after(&self.filter, &self.order, previous, limit)
            .await?;
        self.is_last_batch = piece.items.len() + piece.rest.len() < limit as usize;
        Ok(piece)
    }
}

/// Returns what decides the place of a key in a list.
fn place_of(key: &ApiKey) -> ApiKey {
    ApiKey {
        name: key.name.clone(),
        description: None,
        user_name: key.user_name.clone(),
        access_key: key.access_key.clone(),
        scope: key.scope,
        allowed_model_names: AllowedModelNames::default(),
        ..*key
    }
}
