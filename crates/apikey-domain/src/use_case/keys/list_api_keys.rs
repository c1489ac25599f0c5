//! Listing keys.

use crate::{
    access::policy::ApiKeyFilter,
    error::Error,
    key::api_key::ApiKey,
    listing::{Order, Page, Window},
    port::api_key_repository::ApiKeyRepository,
    use_case::ports::KeyPorts,
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
) -> Result<Page<ApiKey>, Error> {
    Ok(ports.api_keys.list(filter, order, window).await?)
}

/// Iterates over every key that `filter` admits, in batches, so that a list of
/// any length takes constant memory.
///
/// A key that exists throughout and keeps its place in the order is returned
/// once. A key that is created, deleted or reordered meanwhile is returned at most
/// once for each place it had.
pub struct AllApiKeys {
    api_keys: Arc<dyn ApiKeyRepository>,
    filter: ApiKeyFilter,
    order: Order,
    last: Option<ApiKey>,
    is_done: bool,
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
            is_done: false,
        }
    }

    /// Returns the next batch, which is empty at the end.
    ///
    /// # Errors
    ///
    /// Those of the repository.
    pub async fn next(&mut self) -> Result<Vec<ApiKey>, Error> {
        if self.is_done {
            return Ok(Vec::new());
        }
        let (previous, limit) = (self.last.as_ref(), Self::BATCH);
        let keys = &self.api_keys;
        let batch = keys
            .list_after(&self.filter, &self.order, previous, limit)
            .await?;
        self.is_done = batch.len() < limit as usize;
        self.last = batch.last().cloned();
        Ok(batch)
    }
}
