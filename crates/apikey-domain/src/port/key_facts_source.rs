//! Where the facts of a verification come from.

use crate::{error::PortError, verification::facts::KeyFacts};
use async_trait::async_trait;
use std::sync::Arc;

/// Finds what counts of a key when it is verified.
///
/// A store answers [`find`](Self::find) and nothing else. A memory in front of
/// one answers the rest, too. Whatever is answered MUST have been true at some
/// instant after the call began: once a change has been answered by the store
/// this source reads, no later call answers what was true before it.
#[async_trait]
pub trait KeyFactsSource: Send + Sync {
    /// Tells the facts without waiting, if they are at hand and current.
    fn at_hand(&self, access_key: &str) -> Option<Arc<KeyFacts>> {
        let _ = access_key;
        None
    }

    /// Finds the facts of an access key, compared bytewise; text no access key
    /// can have (such as NUL) finds nothing.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the store cannot answer and
    /// [`PortError::Corrupt`] when a row breaks the domain's rules.
    async fn find(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError>;

    /// Finds the facts in the store itself.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    async fn find_in_store(&self, access_key: &str) -> Result<Option<Arc<KeyFacts>>, PortError> {
        self.find(access_key).await
    }
}
