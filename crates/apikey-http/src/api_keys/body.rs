//! The request bodies that create and update a key.

use crate::body::{
    OtherFields, RequestBody,
    field::{given, optional_whole_number},
};
use crate::openapi::names::ScopeName;
use apikey_domain::{
    Invalid,
    gpustack::{AllowedModelNames, ScopeSet},
    key::{
        changes::ApiKeyChanges,
        expiry::Lifetime,
        key_name::{Description, KeyName},
        metadata::Metadata,
        plain_key::CustomKey,
    },
    use_case::keys::create_api_key::CreateApiKey,
};
use serde::Deserialize;
use std::{collections::BTreeMap, time::Duration};
use utoipa::ToSchema;

/// The body that creates a key.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreateApiKey)]
pub(super) struct CreateApiKeyBody {
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    #[serde(default)]
    #[schema(max_length = 4_096)]
    description: Option<String>,
    /// `["*"]` by default.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<ScopeName>, required = false, max_items = 16)]
    scope: Option<Vec<String>>,
    #[serde(default)]
    #[schema(max_items = 1_000)]
    allowed_model_names: Option<Vec<String>>,
    /// Seconds from now; null, 0 or less: never.
    #[serde(default, deserialize_with = "optional_whole_number")]
    expires_in: Option<i64>,
    /// A key of your own.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 512)]
    custom: Option<String>,
    #[serde(default)]
    metadata: Option<BTreeMap<String, String>>,
    #[serde(default)]
    self_rotation: bool,
    /// Whether it takes the name of one that has expired, which is then revoked.
    #[serde(default)]
    replace_expired: bool,
}

/// The body that updates a key. An absent field is left unchanged; null removes
/// the value.
#[derive(Deserialize, ToSchema)]
#[schema(as = UpdateApiKey)]
pub(super) struct UpdateApiKeyBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 4_096)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<ScopeName>, required = false, max_items = 16)]
    scope: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 1_000)]
    allowed_model_names: Option<Option<Vec<String>>>,
}

/// What a name that contains one of these was probably meant to limit or to end. Those that
/// end the use of a key are not known to these calls, and must not seem to have done so.
const WORDS: &[(&str, Option<&str>)] = &[
    ("scope", Some("scope")),
    ("model", Some("allowed_model_names")),
    ("expir", Some("expires_in")),
    ("ttl", Some("expires_in")),
    ("quota", None),
    ("limit", None),
    ("network", None),
    ("disabl", None),
    ("enabl", None),
    ("revok", None),
];

impl RequestBody for CreateApiKeyBody {
    const OTHER_FIELDS: OtherFields = OtherFields::RefusedIfNear {
        words: WORDS,
        harmless: &[],
    };
}

impl RequestBody for UpdateApiKeyBody {
    const OTHER_FIELDS: OtherFields = OtherFields::RefusedIfNear {
        words: WORDS,
        // Clients send what they created the key with, or the key as it was shown.
        harmless: &[
            "created_at",
            "credentials",
            "custom",
            "disabled_at",
            "expires_at",
            "expires_in",
            "hint",
            "id",
            "is_custom",
            "last_used_at",
            "masked_value",
            "metadata",
            "name",
            "owner_principal_id",
            "revocation_comment",
            "revocation_reason",
            "revoked_at",
            "self_rotation",
            "status",
            "updated_at",
            "user_name",
            "value",
        ],
    };
}

impl TryFrom<CreateApiKeyBody> for CreateApiKey {
    type Error = Invalid;

    fn try_from(body: CreateApiKeyBody) -> Result<Self, Invalid> {
        Ok(Self {
            name: KeyName::parse(body.name)?,
            description: body.description.map(Description::parse).transpose()?,
            scope: body.scope.map(scopes).transpose()?.unwrap_or_default(),
            allowed_model_names: AllowedModelNames::parse(body.allowed_model_names)?,
            metadata: Metadata::parse(body.metadata.unwrap_or_default())?,
            self_rotation: body.self_rotation,
            lifetime: lifetime(body.expires_in),
            custom: body.custom.map(CustomKey::new),
            user_id: None,
            replaces_expired: body.replace_expired,
        })
    }
}

impl TryFrom<UpdateApiKeyBody> for ApiKeyChanges {
    type Error = Invalid;

    fn try_from(body: UpdateApiKeyBody) -> Result<Self, Invalid> {
        let description = |text: Option<String>| text.map(Description::parse).transpose();
        Ok(Self {
            description: body.description.map(description).transpose()?,
            scope: body.scope.map(scopes).transpose()?,
            allowed_model_names: body
                .allowed_model_names
                .map(AllowedModelNames::parse)
                .transpose()?,
            ..Self::default()
        })
    }
}

/// Returns the lifetime that a number of seconds stands for. Zero or less stands for
/// none, as in GPUStack.
fn lifetime(expires_in: Option<i64>) -> Lifetime {
    match expires_in {
        None | Some(..=0) => Lifetime::Unlimited,
        Some(seconds) => Lifetime::For(Duration::from_secs(seconds.unsigned_abs())),
    }
}

pub(super) fn scopes(names: Vec<String>) -> Result<ScopeSet, Invalid> {
    ScopeSet::parse(names.iter().map(String::as_str))
}
