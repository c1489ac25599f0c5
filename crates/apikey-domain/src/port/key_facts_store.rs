//! The stored data needed to verify a key.

use crate::{error::PortError, verification::facts::KeyFacts};
use async_trait::async_trait;
use std::sync::Arc;

/// Reads the data needed to verify a key.
///
/// The data MUST have been true at some instant after the call began: once the
/// store has acknowledged a change, no later call returns the earlier data.
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
}
