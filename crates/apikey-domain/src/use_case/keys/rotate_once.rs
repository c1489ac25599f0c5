//! Rotating a key by a request that may be sent again.

use super::{
    create_once::{CreatedOnce, answered},
    rotate_api_key::{Prepared, RotateApiKey, not_rotated, prepare},
};
use crate::{
    access::tenant::TenantContext,
    error::{Error, Missing},
    idempotency::{Content, IdempotencyKey, RepeatableRequest, Route},
    identifier::ApiKeyId,
    use_case::ports::KeyPorts,
};

/// Rotates a key as [`rotate_api_key`](super::rotate_api_key::rotate_api_key) does, unless
/// the same caller sent the same request before, less than 24 hours ago: then it returns the
/// key as it is now. The new value is shown again for five minutes, while the key is active
/// and no other value has taken its place. A request that failed is not remembered.
///
/// # Errors
///
/// Those of a rotation; [`Error::Invalid`] for `Idempotency-Key` if this caller used it for
/// another rotation of this key; [`Error::Conflict`] if such a request is under way.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     idempotency::IdempotencyKey,
///     use_case::keys::{rotate_api_key::RotateApiKey, rotate_once::rotate_api_key_once},
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let id = app.with_key(&alice, alice.principal_id).await.key().unwrap().id;
/// let context = in_own_principal(&alice);
/// let send = async || {
///     let (request, key) = (RotateApiKey::default(), IdempotencyKey::parse("5f0c").unwrap());
///     rotate_api_key_once(&context, &app.keys, id, request, key).await.unwrap()
/// };
/// let (first, again) = (send().await, send().await);
/// assert_eq!(again.api_key.credentials().len(), 2);
/// assert_eq!(again.value.unwrap().expose(), first.value.unwrap().expose());
/// # });
/// ```
pub async fn rotate_api_key_once(
    context: &TenantContext,
    ports: &KeyPorts,
    id: ApiKeyId,
    request: RotateApiKey,
    key: IdempotencyKey,
) -> Result<CreatedOnce, Error> {
    let content = content(&request);
    let Prepared {
        by,
        reach,
        changes,
        value,
        access_key,
    } = prepare(context, ports, request)?;
    let (peppers, route) = (&ports.verify.peppers.in_use(), Route::Rotate(id));
    let request = RepeatableRequest::new(context, peppers, key, route, &content);
    let attempt = request.attempt(&value, &*ports.secrets, by.at())?;
    let log = &ports.server.idempotency_log;
    let once = log.change_once(by, id, reach.clone(), changes, attempt);
    match once.await {
        Ok(once) => answered(once.ok_or(Missing::ApiKey)?, &request, value, &reach, ports),
        Err(error) => Err(not_rotated(context, ports, &access_key, error).await?),
    }
}

/// Returns what a request asks for.
fn content(request: &RotateApiKey) -> Content {
    let custom = request.custom.as_ref().map(|custom| custom.expose());
    Content::default()
        .text("grace_period_seconds", &request.grace.seconds().to_string())
        .text("activate", request.activation.as_str())
        .text_if_any("custom", custom)
}
