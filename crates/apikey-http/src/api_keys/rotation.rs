//! The body that rotates a key, and its credentials as JSON.

use crate::body::{OtherFields, RequestBody, field::optional_whole_number};
use crate::openapi::names::{ActivationName, CredentialStateName};
use apikey_domain::{
    Invalid,
    key::{
        credential::{Activation, Credential, GracePeriod},
        mask::masked,
        plain_key::CustomKey,
        token::KeyPrefix,
    },
    timestamp::Timestamp,
    use_case::keys::rotate_api_key::RotateApiKey,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a key is to be rotated.
#[derive(Deserialize, ToSchema)]
#[schema(as = RotateApiKey)]
pub(super) struct RotateBody {
    /// For how long the secret of before is accepted afterwards, 0 by default.
    #[serde(default, deserialize_with = "optional_whole_number")]
    #[schema(minimum = 0, maximum = 604_800)]
    grace_period_seconds: Option<i64>,
    /// `now` by default.
    #[serde(default)]
    #[schema(value_type = Option<ActivationName>)]
    activate: Option<String>,
    /// A key of your own.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 512)]
    custom: Option<String>,
}

/// A credential as JSON.
#[derive(PartialEq, Serialize, ToSchema)]
#[schema(as = Credential)]
pub(super) struct CredentialView {
    /// Its number within the key, from 1.
    id: i64,
    masked_value: String,
    #[schema(required)]
    hint: Option<String>,
    #[schema(value_type = CredentialStateName)]
    state: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
    /// From when on it is or was refused.
    #[schema(required, format = DateTime)]
    expires_at: Option<String>,
    /// Accurate to a minute; null for never.
    #[schema(required, format = DateTime)]
    last_used_at: Option<String>,
}

impl RequestBody for RotateBody {
    const OTHER_FIELDS: OtherFields = OtherFields::Refused;
}

impl TryFrom<RotateBody> for RotateApiKey {
    type Error = Invalid;

    fn try_from(body: RotateBody) -> Result<Self, Invalid> {
        let grace = body.grace_period_seconds.map(GracePeriod::parse);
        let activation = body.activate.as_deref().map(Activation::parse);
        Ok(Self {
            grace: grace.transpose()?.unwrap_or_default(),
            activation: activation.transpose()?.unwrap_or_default(),
            custom: body.custom.map(CustomKey::new),
        })
    }
}

impl CredentialView {
    /// Returns the view of a credential at `now`.
    pub(super) fn of(credential: &Credential, prefix: &KeyPrefix, now: Timestamp) -> Self {
        let ends_at = credential.state.ends_at();
        Self {
            id: credential.number.0,
            masked_value: masked(prefix, &credential.access_key, credential.origin),
            hint: credential
                .hint
                .as_ref()
                .map(|hint| hint.as_str().to_owned()),
            state: credential.state.name(now),
            created_at: credential.created_at.to_rfc3339(),
            expires_at: ends_at.map(Timestamp::to_rfc3339),
            last_used_at: credential.last_used_at.map(Timestamp::to_rfc3339),
        }
    }
}
