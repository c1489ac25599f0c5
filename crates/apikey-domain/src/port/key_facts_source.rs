//! Where the facts of a verification come from.

use super::StoreError;
use crate::{token::PresentedKey, verification::facts::KeyFacts};
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
    fn at_hand(&self, access_key: &str) -> Found {
        let _ = access_key;
        Found::now(None)
    }

    /// Finds the facts of an access key, compared bytewise; text no access key
    /// can have (such as NUL) finds nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when the store cannot answer and
    /// [`StoreError::Corrupt`] when a row breaks the domain's rules.
    async fn find(&self, access_key: &str) -> Result<Found, StoreError>;

    /// Finds the facts in the store itself.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    async fn find_in_store(&self, access_key: &str) -> Result<Found, StoreError> {
        self.find(access_key).await
    }

    /// Whether this very key was refused a moment ago, and no key was created
    /// since that it could be.
    fn was_refused(&self, key: &PresentedKey<'_>) -> bool {
        let _ = key;
        false
    }

    /// Remembers, for a short time and within a bound, that this very key was
    /// refused on the grounds of what was found.
    fn remember_refused(&self, key: &PresentedKey<'_>, found: &Found) {
        let _ = (key, found);
    }
}

/// What was found, and when.
///
/// # Example
///
/// ```
/// use apikey_domain::port::key_facts_source::Found;
///
/// assert!(Found::now(None).facts.is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Found {
    /// The facts, if there is such a key.
    pub facts: Option<Arc<KeyFacts>>,
    /// How many changes the source had heard of when it began to look. Means
    /// something only to the source itself.
    pub revision: u64,
}

impl Found {
    /// What a source found that counts no changes.
    pub fn now(facts: Option<Arc<KeyFacts>>) -> Self {
        Self { facts, revision: 0 }
    }
}
