//! Where the data needed to verify a key is stored.

use crate::{error::PortError, verification::facts::KeyFacts};
use async_trait::async_trait;
use std::sync::Arc;

/// Reads the data needed to verify a key.
///
/// What is returned MUST have been true at some instant after the call began:
/// once the store has answered a change, no later call returns what was true
/// before it.
#[async_trait]
pub trait KeyFactsStore: Send + Sync {
    /// Reads the facts of an access key, compared bytewise; text no access key
    /// can have (such as NUL) finds nothing.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the store cannot answer and
    /// [`PortError::Corrupt`] when a row breaks the domain's rules.
    async fn read(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError>;
}
