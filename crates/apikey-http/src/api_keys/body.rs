//! What is sent to create and to change a key.

use crate::body::field::{given, whole_number};
use apikey_domain::{
    Invalid,
    key::{
        api_key::ApiKeyChanges,
        key_name::{Description, KeyName},
        model_names::AllowedModelNames,
        plain_key::CustomKey,
        scope::ScopeSet,
    },
    use_case::keys::create_api_key::CreateApiKey,
};
use serde::Deserialize;

/// What is sent to create a key.
#[derive(Deserialize)]
pub(super) struct CreateApiKeyBody {
    name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default, deserialize_with = "given")]
    scope: Option<Vec<String>>,
    #[serde(default)]
    allowed_model_names: Option<Vec<String>>,
    #[serde(default, deserialize_with = "whole_number")]
    expires_in: Option<i64>,
    #[serde(default)]
    custom: Option<String>,
}

/// What is sent to change a key; absent fields stay, null removes.
#[derive(Deserialize)]
pub(super) struct UpdateApiKeyBody {
    #[serde(default, deserialize_with = "given")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    scope: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    allowed_model_names: Option<Option<Vec<String>>>,
}

impl TryFrom<CreateApiKeyBody> for CreateApiKey {
    type Error = Invalid;

    fn try_from(body: CreateApiKeyBody) -> Result<Self, Invalid> {
        Ok(Self {
            name: KeyName::parse(body.name)?,
            description: body.description.map(Description::parse).transpose()?,
            scope: body.scope.map(scopes).transpose()?.unwrap_or_default(),
            allowed_model_names: AllowedModelNames::parse(body.allowed_model_names)?,
            expires_in: body.expires_in,
            custom: body.custom.map(CustomKey::new),
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
        })
    }
}

fn scopes(names: Vec<String>) -> Result<ScopeSet, Invalid> {
    ScopeSet::parse(names.iter().map(String::as_str))
}
