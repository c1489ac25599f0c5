//! Creating a key by a request that may be sent again.

use super::create_api_key::{CreateApiKey, CreatedApiKey, Prepared, not_created, prepare};
use crate::{
    access::{policy::KeyReach, tenant::TenantContext},
    error::{Error, Missing},
    gpustack::Scope,
    idempotency::{Content, IdempotencyKey, RepeatableRequest, Route},
    key::{
        api_key::ApiKey, credential::Credential, expiry::Lifetime, plain_key::PlainKey,
        status::Status,
    },
    port::idempotency_log::Once,
    use_case::ports::KeyPorts,
};

/// A key that a request made or rotated, now or when it was sent before.
///
/// # Example
///
/// ```
/// use apikey_domain::{testing::fixture, use_case::keys::create_once::CreatedOnce};
///
/// let created = CreatedOnce { api_key: fixture::api_key(7, "ci"), value: None };
/// assert_eq!(created.api_key.name.as_str(), "ci");
/// ```
#[derive(Debug)]
pub struct CreatedOnce {
    /// The key as it is now.
    pub api_key: ApiKey,
    /// The key in the clear, if it may still be shown.
    pub value: Option<PlainKey>,
}

impl From<CreatedApiKey> for CreatedOnce {
    fn from(CreatedApiKey { api_key, value }: CreatedApiKey) -> Self {
        let value = Some(value);
        Self { api_key, value }
    }
}

/// Creates a key as [`create_api_key`](super::create_api_key::create_api_key) does, unless
/// the same caller sent the same request before, less than 24 hours ago: then it returns the
/// key that was made. Its value is shown again for five minutes, while the key is active and
/// its value is the one that was made. A request that failed is not remembered.
///
/// # Errors
///
/// Those of a creation; [`Error::Invalid`] for `Idempotency-Key` if this caller used it for
/// another request; [`Error::Conflict`] if such a request is under way; [`Missing::ApiKey`]
/// if the key that was made does not exist any more.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     idempotency::IdempotencyKey,
///     key::{expiry::Lifetime, key_name::KeyName},
///     use_case::keys::{create_api_key::CreateApiKey, create_once::create_api_key_once},
/// };
/// use apikey_testing::{TestApp, test_app::in_own_principal};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = in_own_principal(&app.user("alice").await);
/// let send = async || {
///     let request = CreateApiKey {
///         name: KeyName::parse("ci").unwrap(),
///         description: None,
///         scope: Default::default(),
///         allowed_model_names: Default::default(),
///         self_rotation: false,
///         metadata: Default::default(),
///         lifetime: Lifetime::Unlimited,
///         custom: None,
///         user_id: None,
///         replaces_expired: false,
///     };
///     let key = IdempotencyKey::parse("8e03978e").unwrap();
///     create_api_key_once(&alice, &app.keys, request, key).await.unwrap()
/// };
/// let (first, again) = (send().await, send().await);
/// assert_eq!(again.api_key, first.api_key);
/// assert_eq!(again.value.unwrap().expose(), first.value.unwrap().expose());
/// app.clock.advance_seconds(300);
/// assert!(send().await.value.is_none());
/// # });
/// ```
pub async fn create_api_key_once(
    context: &TenantContext,
    ports: &KeyPorts,
    request: CreateApiKey,
    key: IdempotencyKey,
) -> Result<CreatedOnce, Error> {
    let content = content(&request);
    let route = request.user_id.map_or(Route::Create, Route::CreateFor);
    let Prepared {
        by,
        reach,
        new,
        value,
    } = prepare(context, ports, request).await?;
    let peppers = &ports.verify.peppers.in_use();
    let request = RepeatableRequest::new(context, peppers, key, route, &content);
    let attempt = request.attempt(&value, &*ports.secrets, by.at())?;
    let log = &ports.server.idempotency_log;
    let once = log.create_once(by, new.clone(), reach.clone(), attempt);
    match once.await {
        Ok(once) => answered(once, &request, value, &reach, ports),
        Err(error) => Err(not_created(context, ports, &new, error).await?),
    }
}

/// Returns what a request is answered, of which `value` was made now.
pub(super) fn answered(
    once: Once,
    request: &RepeatableRequest<'_>,
    value: PlainKey,
    reach: &KeyReach,
    ports: &KeyPorts,
) -> Result<CreatedOnce, Error> {
    match once {
        Once::Made(api_key) => Ok(CreatedOnce {
            api_key,
            value: Some(value),
        }),
        Once::Repeated { repeat, api_key } => {
            let api_key = api_key.ok_or(Missing::ApiKey)?;
            reach.check_repeat(&api_key)?;
            let value = request.open(&repeat)?;
            let value = value.filter(|value| may_show(value, &api_key, ports));
            Ok(CreatedOnce { api_key, value })
        }
    }
}

/// Returns whether a value is one that a key can be used with, now or once it is used, and
/// not one whose place another has taken.
fn may_show(value: &PlainKey, key: &ApiKey, ports: &KeyPorts) -> bool {
    let presented = value.presented(&ports.verify.key_prefix);
    let is_current = |credential: &Credential| {
        credential.state.ends_at().is_none()
            && presented.access_key() == credential.access_key.as_str()
    };
    let is_active = key.status(ports.verify.clock.now()) == Status::Active;
    is_active && key.credentials().iter().any(is_current)
}

/// Returns what a request asks for. Fields that are added later are left out where they are
/// not given, so that a request is the same before and after an upgrade.
fn content(request: &CreateApiKey) -> Content {
    let description = request.description.as_ref();
    let metadata = request.metadata.iter();
    let mut content = Content::default()
        .text("name", request.name.as_str())
        .text_if_any("description", description.map(|text| text.as_str()))
        .texts("scope", request.scope.iter().map(Scope::as_str))
        .texts("metadata", metadata.flat_map(|(name, text)| [name, text]));
    if let Some(names) = request.allowed_model_names.names() {
        content = content.texts("allowed_model_names", names.iter().map(String::as_str));
    }
    content = match request.lifetime {
        Lifetime::Unlimited => content,
        Lifetime::For(duration) => content.text("expires_in", &duration.as_nanos().to_string()),
        Lifetime::Until(at) => content.text("expires_at", &at.microseconds().to_string()),
    };
    content = content.text_if_any("self_rotation", request.self_rotation.then_some("true"));
    let replaces_expired = request.replaces_expired.then_some("true");
    content = content.text_if_any("replace_expired", replaces_expired);
    content.text_if_any(
        "custom",
        request.custom.as_ref().map(|custom| custom.expose()),
    )
}
