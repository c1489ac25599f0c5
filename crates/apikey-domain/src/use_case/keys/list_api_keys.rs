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

/// Lists one page of what `filter` admits.
///
/// # Errors
///
/// What the repository returns.
pub async fn list_api_keys(
    ports: &KeyPorts,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
) -> Result<Page<ApiKey>, Error> {
    Ok(ports.api_keys.list(filter, order, window).await?)
}

/// Everything `filter` admits, in batches, so that a list of any length
/// takes constant memory.
///
/// A key that is there throughout and keeps its place in the order is shown
/// once; one that comes, goes or moves meanwhile is shown at most once for each
/// place it had.
pub struct AllApiKeys {
    api_keys: Arc<dyn ApiKeyRepository>,
    filter: ApiKeyFilter,
    order: Order,
    last: Option<ApiKey>,
    is_done: bool,
}

impl AllApiKeys {
    /// How many keys a batch has.
    pub const BATCH: u32 = 100;

    /// Starts at the beginning.
    pub fn new(ports: &KeyPorts, filter: ApiKeyFilter, order: Order) -> Self {
        Self {
            api_keys: Arc::clone(&ports.api_keys),
            filter,
            order,
            last: None,
            is_done: false,
        }
    }

    /// The next batch; empty at the end.
    ///
    /// # Errors
    ///
    /// What the repository returns.
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
