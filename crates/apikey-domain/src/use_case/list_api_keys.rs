//! Listing keys.

use crate::{
    api_key::ApiKey,
    error::Error,
    listing::{Order, Page, Window},
    policy::ApiKeyFilter,
    port::Ports,
};

/// Lists one page of what `filter` admits.
///
/// # Errors
///
/// What the repository returns.
pub async fn list_api_keys(
    ports: &Ports,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
) -> Result<Page<ApiKey>, Error> {
    Ok(ports.api_keys.list(filter, order, window).await?)
}

/// Everything `filter` admits, in stretches, so that a list of any length
/// takes constant memory.
///
/// A key that is there throughout and keeps its place in the order is shown
/// once; one that comes, goes or moves meanwhile is shown at most once for each
/// place it had.
pub struct AllApiKeys {
    ports: Ports,
    filter: ApiKeyFilter,
    order: Order,
    last: Option<ApiKey>,
    is_done: bool,
}

impl AllApiKeys {
    /// How many keys a stretch has.
    pub const STRETCH: u32 = 100;

    /// Starts at the beginning.
    pub fn new(ports: &Ports, filter: ApiKeyFilter, order: Order) -> Self {
        Self {
            ports: ports.clone(),
            filter,
            order,
            last: None,
            is_done: false,
        }
    }

    /// The next stretch; empty at the end.
    ///
    /// # Errors
    ///
    /// What the repository returns.
    pub async fn next(&mut self) -> Result<Vec<ApiKey>, Error> {
        if self.is_done {
            return Ok(Vec::new());
        }
        let (previous, limit) = (self.last.as_ref(), Self::STRETCH);
        let keys = &self.ports.api_keys;
        let stretch = keys
            .list_after(&self.filter, &self.order, previous, limit)
            .await?;
        self.is_done = stretch.len() < limit as usize;
        self.last = stretch.last().cloned();
        Ok(stretch)
    }
}
