//! The body that changes a key in part: a JSON merge patch (RFC 7396).

use super::body::scopes;
use crate::openapi::names::ScopeName;
use crate::{
    body::{OtherFields, RequestBody, field::given},
    error::{HttpError, place::Place},
    query::instant,
};
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use apikey_domain::{
    gpustack::AllowedModelNames,
    key::{
        changes::ApiKeyChanges,
        expiry::Lifetime,
        key_name::{Description, KeyName},
        metadata::MetadataChange,
    },
};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An absent field is left unchanged; null takes the value away.
#[derive(Deserialize, ToSchema)]
#[schema(as = PatchApiKey)]
pub(super) struct PatchApiKeyBody {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 255)]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 4_096)]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<ScopeName>, required = false, max_items = 16)]
    scope: Option<Vec<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 1_000)]
    allowed_model_names: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    disabled: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<BTreeMap<String, Option<String>>>)]
    metadata: Option<Option<BTreeMap<String, Option<String>>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    self_rotation: Option<bool>,
}

impl RequestBody for PatchApiKeyBody {
    const OTHER_FIELDS: OtherFields = OtherFields::Refused;
}

impl TryFrom<PatchApiKeyBody> for ApiKeyChanges {
    type Error = HttpError;

    fn try_from(body: PatchApiKeyBody) -> Result<Self, HttpError> {
        let description = |text: Option<String>| text.map(Description::parse).transpose();
        let metadata = |entries: Option<BTreeMap<_, _>>| match entries {
            Some(entries) => MetadataChange::Merge(entries.into_iter().collect()),
            None => MetadataChange::Clear,
        };
        Ok(Self {
            name: body.name.map(KeyName::parse).transpose()?,
            description: body.description.map(description).transpose()?,
            scope: body.scope.map(scopes).transpose()?,
            allowed_model_names: body
                .allowed_model_names
                .map(AllowedModelNames::parse)
                .transpose()?,
            lifetime: body.expires_at.map(lifetime).transpose()?,
            is_disabled: body.disabled,
            metadata: body.metadata.map(metadata),
            self_rotation: body.self_rotation,
            ..Self::default()
        })
    }
}

fn lifetime(expires_at: Option<String>) -> Result<Lifetime, HttpError> {
    let Some(text) = expires_at else {
        return Ok(Lifetime::Unlimited);
    };
    let rule = "must be null or an instant, as in 2026-01-31T23:59:59Z";
    let invalid = || HttpError::invalid_at(Place::of_body("expires_at"), rule);
    let instant = instant(&text).ok_or_else(invalid)?;
    Ok(Lifetime::Until(instant))
}

/// Checks that the body says of itself that it is a merge patch, or nothing else.
///
/// # Errors
///
/// 415 if it is another format of patches, or of anything.
pub(super) fn check_format(headers: &HeaderMap) -> Result<(), HttpError> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(());
    };
    let format = value.as_bytes().split(|byte| *byte == b';').next();
    let format = format.unwrap_or_default().trim_ascii();
    let known = ["application/merge-patch+json", "application/json"];
    if known
        .iter()
        .any(|known| format.eq_ignore_ascii_case(known.as_bytes()))
    {
        return Ok(());
    }
    let rule = "Content-Type must be application/merge-patch+json";
    Err(HttpError::unsupported_media_type(rule))
}
