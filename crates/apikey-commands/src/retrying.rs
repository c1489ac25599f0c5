//! A store that is asked again.

use apikey_domain::{
    access::authority::Authority,
    error::PortError,
    port::import_store::{Brought, ImportBatch, ImportStore},
};
use async_trait::async_trait;
use std::time::Duration;

/// How often a batch is offered.
const ATTEMPTS: u32 = 6;
/// The pause before the second time; before each other one it is twice as long.
const PAUSE: Duration = Duration::from_millis(250);

/// Offers a batch again that a store could not take: somebody else took a name at the same
/// moment, or there was no connection. What was taken already is not taken twice, because
/// the store remembers it.
pub struct Retrying<'a>(pub &'a dyn ImportStore);

#[async_trait]
impl ImportStore for Retrying<'_> {
    async fn bring(&self, by: Authority, batch: ImportBatch) -> Result<Brought, PortError> {
        let (mut attempt, mut pause) = (1, PAUSE);
        loop {
            let brought = self.0.bring(by.clone(), batch.clone()).await;
            match brought {
                Err(PortError::Unavailable(_) | PortError::Duplicate(_) | PortError::OwnerGone)
                    if attempt < ATTEMPTS =>
                {
                    tokio::time::sleep(pause).await;
                    (attempt, pause) = (attempt + 1, pause * 2);
                }
                brought => return brought,
            }
        }
    }
}
