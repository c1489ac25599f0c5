//! The entity tag of a key.

use super::view::ApiKeyView;
use crate::error::HttpError;
use actix_web::http::header::HeaderValue;
use apikey_domain::key::{api_key::ApiKey, token::KeyPrefix};
use sha2::{Digest, Sha256};

/// Returns the tag of a key as it is shown, without its last use.
pub(super) fn entity_tag(key: &ApiKey, prefix: &KeyPrefix) -> Result<HeaderValue, HttpError> {
    let lasting = ApiKey {
        last_used_at: None,
        ..key.clone()
    };
    let internal = |error: &dyn std::error::Error| HttpError::internal(error.to_string().into());
    let shown = serde_json::to_vec(&ApiKeyView::of(&lasting, prefix));
    let digest = Sha256::digest(shown.map_err(|error| internal(&error))?);
    let (bytes, _) = digest.split_at(16);
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::try_from(format!("\"{hex}\"")).map_err(|error| internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{gpustack::ScopeSet, testing::fixture};

    #[test]
    fn a_tag_changes_with_what_is_shown_but_for_the_last_use() {
        let (prefix, key) = (KeyPrefix::default(), fixture::api_key(7, "ci"));
        let tag = |key: &ApiKey| entity_tag(key, &prefix).unwrap();
        let used = ApiKey {
            last_used_at: Some(fixture::instant()),
            ..key.clone()
        };
        assert_eq!(tag(&used), tag(&key));
        let narrowed = ApiKey {
            scope: ScopeSet::NONE,
            ..key.clone()
        };
        assert_ne!(tag(&narrowed), tag(&key));
        assert_ne!(tag(&fixture::api_key(8, "ci")), tag(&key));
    }
}
