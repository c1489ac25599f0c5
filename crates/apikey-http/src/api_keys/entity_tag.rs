//! The entity tag of a key.

use super::view::ApiKeyView;
use crate::{entity_tag::tag_of, error::HttpError, response::write_json};
use actix_web::http::header::EntityTag;
use apikey_domain::{
    key::{api_key::ApiKey, token::KeyPrefix},
    timestamp::Timestamp,
};

/// Returns the tag of a key as it is shown at `now`, without its last use.
pub(super) fn entity_tag(
    key: &ApiKey,
    prefix: &KeyPrefix,
    now: Timestamp,
) -> Result<EntityTag, HttpError> {
    let mut shown = Vec::new();
    write_json(&mut shown, &ApiKeyView::of(&key.without_use(), prefix, now))?;
    Ok(tag_of([&*shown]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::{gpustack::ScopeSet, testing::fixture};

    #[test]
    fn a_tag_changes_with_what_is_shown_but_for_the_last_use() {
        let (prefix, key) = (KeyPrefix::default(), fixture::api_key(7, "ci"));
        let tag = |key: &ApiKey| entity_tag(key, &prefix, fixture::instant()).unwrap();
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
