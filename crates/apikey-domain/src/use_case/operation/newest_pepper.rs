//! Which pepper the newest key was made under.

use crate::{
    access::policy::ApiKeyFilter, error::PortError, key::digest::PepperId, listing::Order,
    use_case::ports::KeyPorts,
};

/// Returns the id of the pepper that the newest key was made under; `None` if there are no
/// keys. For whoever runs the service: no key is shown.
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
/// assert_eq!(newest_pepper(&app.keys).await.unwrap(), None);
/// let alice = app.user("alice").await;
/// app.with_key(&alice, alice.principal_id).await;
/// let newest = newest_pepper(&app.keys).await.unwrap().unwrap();
/// assert!(app.keys.verify.peppers.knows(newest));
/// # });
/// ```
pub async fn newest_pepper(ports: &KeyPorts) -> Result<Option<PepperId>, PortError> {
    let repository = &ports.api_keys;
    let newest_first = Order::default();
    let newest = repository
        .list_after(&ApiKeyFilter::EVERY_KEY, &newest_first, None, 1)
        .await?;
    let Some(key) = newest.piece.items.into_iter().next() else {
        return Ok(None);
    };
    let stored = repository.credential(key.access_key.as_str()).await?;
    Ok(stored.map(|stored| stored.secret_digest.pepper_id()))
}
