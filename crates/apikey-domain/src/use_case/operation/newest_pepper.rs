//! Which pepper the newest key was made under, and when.

use crate::{
    access::policy::ApiKeyFilter, error::PortError, key::digest::PepperId, listing::Order,
    port::api_key_repository::ApiKeyRepository, timestamp::Timestamp,
};

/// How many of the newest keys are looked at. Those of another service, which nobody has
/// used yet, are under no pepper.
const NEWEST: u32 = 32;

/// Returns the id of the pepper that the newest key was made under or moved to since, and
/// when the key was made; `None` if there are no keys, or the newest ones are
/// [foreign](crate::key::digest::ForeignDigest). For whoever runs the service: no key is
/// shown.
///
/// # Errors
///
/// Those of the repository.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::operation::newest_pepper::newest_pepper;
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// assert_eq!(newest_pepper(&*app.memory).await.unwrap(), None);
/// let alice = app.user("alice").await;
/// app.with_key(&alice, alice.principal_id).await;
/// let (newest, _) = newest_pepper(&*app.memory).await.unwrap().unwrap();
/// assert!(app.keys.verify.peppers.in_use().knows(newest));
/// # });
/// ```
pub async fn newest_pepper(
    repository: &dyn ApiKeyRepository,
) -> Result<Option<(PepperId, Timestamp)>, PortError> {
    let newest_first = Order::default();
    let newest = repository
        .list_after(&ApiKeyFilter::EVERY_KEY, &newest_first, None, NEWEST)
        .await?;
    for key in newest.piece.items {
        let stored = repository.credential(key.access_key.as_str()).await?;
        let keyed = stored
            .as_ref()
            .and_then(|stored| stored.secret_digest.keyed());
        if let Some(keyed) = keyed {
            return Ok(Some((keyed.pepper_id(), key.created_at)));
        }
    }
    Ok(None)
}
