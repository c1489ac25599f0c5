//! A key, as clients see it.

use apikey_domain::key::{api_key::ApiKey, mask::masked, scope::Scope, token::KeyPrefix};
use serde::Serialize;

/// A key, as clients see it; `value` is null in every answer but the one that
/// created it.
#[derive(Serialize)]
pub(crate) struct ApiKeyView<'a> {
    id: i64,
    name: &'a str,
    description: Option<&'a str>,
    scope: Vec<&'static str>,
    allowed_model_names: Option<&'a [String]>,
    user_name: &'a str,
    value: Option<&'a str>,
    masked_value: String,
    is_custom: bool,
    created_at: String,
    updated_at: String,
    expires_at: Option<String>,
    last_used_at: Option<String>,
}

impl<'a> ApiKeyView<'a> {
    /// The key without its value.
    pub(crate) fn of(key: &'a ApiKey, prefix: &KeyPrefix) -> Self {
        Self {
            id: key.id.0,
            name: key.name.as_str(),
            description: description(key),
            scope: scope(key),
            allowed_model_names: key.allowed_model_names.names(),
            user_name: &key.user_name,
            value: None,
            masked_value: masked(prefix, &key.access_key, key.origin),
            is_custom: key.origin.is_custom(),
            created_at: key.created_at.to_rfc3339(),
            updated_at: key.updated_at.to_rfc3339(),
            expires_at: key.expires_at.instant().map(|at| at.to_rfc3339()),
            last_used_at: key.last_used_at.map(|at| at.to_rfc3339()),
        }
    }

    /// The same with the whole key, for the answer that created it.
    pub(super) fn with_value(self, value: &'a str) -> Self {
        Self {
            value: Some(value),
            ..self
        }
    }
}

/// What the key is for.
pub(super) fn description(key: &ApiKey) -> Option<&str> {
    key.description.as_ref().map(|text| text.as_str())
}

/// What the key may be used for.
pub(super) fn scope(key: &ApiKey) -> Vec<&'static str> {
    key.scope.iter().map(Scope::as_str).collect()
}

/// So many bytes hold the key as JSON with its value.
pub(super) fn room_for(key: &ApiKey) -> usize {
    // The longest value, the fields of bounded length and all names of fields.
    const REST: usize = 2_048;
    let models = key.allowed_model_names.names().unwrap_or_default();
    let models: usize = models.iter().map(|name| name.len() + 3).sum();
    let texts = key.name.as_str().len()
        + description(key).map_or(0, str::len)
        + key.user_name.len()
        + models;
    // Of what a text may hold, JSON writes no character with more than one
    // more.
    REST + 2 * texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{
        key::{
            key_name::{Description, KeyName},
            model_names::AllowedModelNames,
            token,
        },
        testing::fixture,
    };

    #[test]
    fn the_largest_key_fits_its_room() {
        let mut key = fixture::api_key(i64::MAX, &"\"".repeat(KeyName::LONGEST));
        key.description = Some(Description::parse("\n".repeat(Description::LONGEST)).unwrap());
        let models = vec!["\\".repeat(255); AllowedModelNames::LONGEST / 255];
        key.allowed_model_names = AllowedModelNames::parse(Some(models)).unwrap();
        let prefix = KeyPrefix::parse("x".repeat(32)).unwrap();
        let value = "\"".repeat(token::LONGEST);
        let view = ApiKeyView::of(&key, &prefix).with_value(&value);
        assert!(serde_json::to_vec(&view).unwrap().len() <= room_for(&key));
    }
}
