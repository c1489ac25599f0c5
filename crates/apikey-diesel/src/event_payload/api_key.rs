//! The payload of keys.

use super::{payload::Payload, values};
use crate::{
    credential_json::{self, CredentialJson},
    rows::RowContext,
};
use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::ApiKey,
        credential::CredentialNumber,
        hint::Hint,
        key_name::{Description, KeyName},
        mask::Origin,
        metadata::Metadata,
        token::AccessKey,
    },
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The payload of a key. The fields that identify it, that determine what it may do
/// and who may see it have no default: an event that lacks one is unreadable.
#[derive(Serialize, Deserialize)]
pub(super) struct ApiKeyPayload {
    id: i64,
    name: String,
    #[serde(default)]
    description: Option<String>,
    user_id: i64,
    owner_principal_id: i64,
    access_key: String,
    scope: String,
    // Without this, a missing field would be read as null, which means all models.
    #[serde(deserialize_with = "Option::deserialize")]
    allowed_model_names: Option<String>,
    #[serde(default)]
    is_custom: bool,
    expires_at: i64,
    #[serde(default)]
    created_at: i64,
    #[serde(default)]
    updated_at: i64,
    #[serde(default)]
    username: String,
    is_system: bool,
    #[serde(default)]
    last_used_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disabled_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revoked_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revocation_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revocation_comment: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    self_rotation: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    credentials: Vec<CredentialJson>,
}

// === impl ApiKeyPayload ===

impl Payload for ApiKeyPayload {
    type Subject = ApiKey;

    fn of(key: &ApiKey) -> Self {
        let description = key.description.as_ref().map(Description::as_str);
        let revocation = key.revocation.as_ref();
        let comment = revocation.and_then(|revocation| revocation.comment.as_ref());
        // Releases from before rotation invalidate what they know by this access key. They
        // know none but the first, so a rotation must not name the one that took its place.
        // What is so now is among the credentials.
        let mut credentials = key.rotated.iter();
        let first = credentials.find(|one| one.number == CredentialNumber::FIRST);
        let access_key = first.map_or(&key.access_key, |first| &first.access_key);
        Self {
            id: key.id.0,
            name: key.name.as_str().to_owned(),
            description: description.map(str::to_owned),
            user_id: key.user_id.0,
            owner_principal_id: key.owner_principal_id.0,
            access_key: access_key.as_str().to_owned(),
            scope: values::write_scope(&key.scope),
            allowed_model_names: values::write_model_names(&key.allowed_model_names),
            is_custom: key.origin.is_custom(),
            expires_at: values::write_expiry(key.expires_at),
            created_at: key.created_at.microseconds(),
            updated_at: key.updated_at.microseconds(),
            username: key.user_name.clone(),
            is_system: key.user_is_system,
            last_used_at: key.last_used_at.map(Timestamp::microseconds),
            hint: key.hint.as_ref().map(|hint| hint.as_str().to_owned()),
            metadata: values::write_metadata(&key.metadata),
            disabled_at: key.disabled_at.map(Timestamp::microseconds),
            revoked_at: revocation.map(|revocation| revocation.at.microseconds()),
            revocation_reason: revocation.map(|revocation| revocation.reason.as_str().to_owned()),
            revocation_comment: comment.map(|comment| comment.as_str().to_owned()),
            self_rotation: key.self_rotation,
            credentials: credential_json::all(&key.rotated),
        }
    }

    fn subject(self, event: &RowContext) -> Result<ApiKey, PortError> {
        let credentials = credential_json::credentials(event, self.credentials)?;
        let mut key = ApiKey {
            id: ApiKeyId(self.id),
            name: event.valid(KeyName::stored(self.name))?,
            description: event.description(self.description)?,
            user_id: UserId(self.user_id),
            user_name: self.username,
            user_is_system: self.is_system,
            owner_principal_id: PrincipalId(self.owner_principal_id),
            access_key: AccessKey::new(self.access_key),
            scope: values::read_scope(event, &self.scope)?,
            allowed_model_names: values::read_model_names(
                event,
                self.allowed_model_names.as_deref(),
            )?,
            origin: if self.is_custom {
                Origin::Custom
            } else {
                Origin::Generated
            },
            rotated: Vec::new(),
            self_rotation: self.self_rotation,
            hint: event.valid(self.hint.map(Hint::stored).transpose())?,
            metadata: event.valid(Metadata::parse(self.metadata))?,
            disabled_at: self.disabled_at.map(|at| event.instant(at)).transpose()?,
            revocation: values::read_revocation(
                event,
                self.revoked_at,
                self.revocation_reason.as_deref(),
                self.revocation_comment.as_deref(),
            )?,
            expires_at: values::read_expiry(event, self.expires_at)?,
            created_at: event.instant(self.created_at)?,
            updated_at: event.instant(self.updated_at)?,
            last_used_at: self.last_used_at.map(|at| event.instant(at)).transpose()?,
        };
        if !credentials.is_empty() {
            key.set_credentials(credentials);
        }
        Ok(key)
    }
}
