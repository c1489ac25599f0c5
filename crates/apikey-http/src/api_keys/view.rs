//! A key as JSON.

use super::rotation::CredentialView;
use crate::openapi::names::{RevocationReasonName, ScopeName, StatusName};
use apikey_domain::{
    gpustack::{Scope, ScopeSet},
    key::{api_key::ApiKey, mask::masked, metadata::Metadata, token::KeyPrefix},
    timestamp::Timestamp,
};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// A key as JSON. `value` is null in every response except the one that creates
/// the key.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(crate) struct ApiKeyView<'a> {
    /// Never reused; there may be gaps.
    id: i64,
    /// Unique for its user in its owner principal among keys that are not revoked.
    name: &'a str,
    #[schema(required)]
    description: Option<&'a str>,
    /// As it was given; an empty list grants nothing.
    #[schema(value_type = Vec<ScopeName>)]
    scope: Vec<&'static str>,
    /// As it was given; null and the empty list both mean every model.
    #[schema(required)]
    allowed_model_names: Option<&'a [String]>,
    /// The current username of its user.
    user_name: &'a str,
    /// The principal that owns it: that of its user, or an organization.
    owner_principal_id: i64,
    /// The whole key, in the answer that created or rotated it.
    #[schema(required)]
    value: Option<&'a str>,
    /// Safe to show.
    masked_value: String,
    /// Whether its user chose it.
    is_custom: bool,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Null for never.
    #[schema(required, format = DateTime)]
    expires_at: Option<String>,
    /// Accurate to a minute; null for never.
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
    /// Of several the first of revoked, disabled and expired.
    #[schema(value_type = StatusName)]
    status: &'static str,
    /// Since when it is disabled.
    #[schema(required, format = DateTime)]
    disabled_at: Option<String>,
    #[schema(required, format = DateTime)]
    revoked_at: Option<String>,
    #[schema(required, value_type = Option<RevocationReasonName>)]
    revocation_reason: Option<&'static str>,
    #[schema(required)]
    revocation_comment: Option<&'a str>,
    /// The last four characters of a generated secret.
    #[schema(required)]
    hint: Option<&'a str>,
    /// Texts that its owner keeps with it.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    metadata: MetadataView<'a>,
    /// Whether it may rotate itself.
    self_rotation: bool,
    /// Its secrets, without them, the first one first.
    credentials: Vec<CredentialView>,
}

/// Metadata as a JSON object.
#[derive(PartialEq)]
pub(super) struct MetadataView<'a>(&'a Metadata);

impl<'a> ApiKeyView<'a> {
    /// Returns the view of a key at `now`, without its value.
    pub(crate) fn of(key: &'a ApiKey, prefix: &KeyPrefix, now: Timestamp) -> Self {
        let revocation = key.revocation.as_ref();
        let comment = revocation.and_then(|revocation| revocation.comment.as_ref());
        Self {
            id: key.id.0,
            name: key.name.as_str(),
            description: description(key),
            scope: scope(key),
            allowed_model_names: key.allowed_model_names.names(),
            user_name: &key.user_name,
            owner_principal_id: key.owner_principal_id.0,
            value: None,
            masked_value: masked(prefix, &key.access_key, key.origin),
            is_custom: key.origin.is_custom(),
            created_at: key.created_at.to_rfc3339(),
            updated_at: key.updated_at.to_rfc3339(),
            expires_at: key.expires_at.instant().map(|at| at.to_rfc3339()),
            last_used_at: key.last_used_at.map(|at| at.to_rfc3339()),
            status: key.status(now).as_str(),
            disabled_at: key.disabled_at.map(|at| at.to_rfc3339()),
            revoked_at: revocation.map(|revocation| revocation.at.to_rfc3339()),
            revocation_reason: revocation.map(|revocation| revocation.reason.as_str()),
            revocation_comment: comment.map(|comment| comment.as_str()),
            hint: key.hint.as_ref().map(|hint| hint.as_str()),
            metadata: metadata(key),
            self_rotation: key.self_rotation,
            credentials: credentials(key, prefix, now),
        }
    }

    /// Adds the whole key, for the response that creates it.
    pub(super) fn with_value(self, value: &'a str) -> Self {
        Self {
            value: Some(value),
            ..self
        }
    }
}

/// Returns the description of a key.
pub(super) fn description(key: &ApiKey) -> Option<&str> {
    key.description.as_ref().map(|text| text.as_str())
}

/// Returns the credentials of a key at `now`, the first one first.
pub(super) fn credentials(key: &ApiKey, prefix: &KeyPrefix, now: Timestamp) -> Vec<CredentialView> {
    let all = key.credentials();
    let all = all.iter();
    all.map(|one| CredentialView::of(one, prefix, now))
        .collect()
}

/// Returns the metadata of a key.
pub(super) fn metadata(key: &ApiKey) -> MetadataView<'_> {
    MetadataView(&key.metadata)
}

impl Serialize for MetadataView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter())
    }
}

/// Returns the names of the scopes of a key.
pub(super) fn scope(key: &ApiKey) -> Vec<&'static str> {
    scope_names(key.scope)
}

/// Returns the names of scopes.
pub(super) fn scope_names(scope: ScopeSet) -> Vec<&'static str> {
    scope.iter().map(Scope::as_str).collect()
}

/// Returns a number of bytes that is enough for the key as JSON, with its value.
pub(super) fn json_capacity(key: &ApiKey) -> usize {
    // The longest value, the fields of bounded length and all field names.
    const FIXED_BYTES: usize = 2_304;
    const CREDENTIAL_BYTES: usize = 512;
    let models = key.allowed_model_names.names().unwrap_or_default();
    let models: usize = models.iter().map(|name| name.len() + 3).sum();
    let texts = key.name.as_str().len()
        + description(key).map_or(0, str::len)
        + key.user_name.len()
        + models
        // Each name and text has quotation marks, a colon and a comma.
        + key.metadata.iter().map(|(name, text)| name.len() + text.len() + 6).sum::<usize>();
    // JSON escapes each character that these texts may contain with at most one
    // extra byte.
    FIXED_BYTES + (key.rotated.len() + 1) * CREDENTIAL_BYTES + 2 * texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        gpustack::AllowedModelNames,
        key::{
            key_name::{Description, KeyName},
            token::PresentedKey,
        },
        testing::fixture,
    };

    #[test]
    fn the_largest_key_fits_its_capacity() {
        let mut key = fixture::api_key(i64::MAX, &"\"".repeat(KeyName::LONGEST));
        key.description = Some(Description::parse("\n".repeat(Description::LONGEST)).unwrap());
        let models = vec!["\\".repeat(255); AllowedModelNames::LONGEST / 255];
        key.allowed_model_names = AllowedModelNames::parse(Some(models)).unwrap();
        let prefix = KeyPrefix::parse("x".repeat(32)).unwrap();
        let value = "\"".repeat(PresentedKey::LONGEST);
        let entries = (0..585).map(|number| (format!("{number:05}"), "\"\"".to_owned()));
        key.metadata = Metadata::parse(entries).unwrap();
        let view = ApiKeyView::of(&key, &prefix, key.created_at).with_value(&value);
        assert!(serde_json::to_vec(&view).unwrap().len() <= json_capacity(&key));
    }
}
