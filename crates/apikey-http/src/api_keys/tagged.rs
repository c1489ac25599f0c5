//! A key in an answer, with the tag of its present state, and requests that name such tags.

use super::{
    entity_tag::entity_tag,
    view::{ApiKeyView, json_capacity},
};
use crate::{
    error::{HttpError, place::Place},
    response,
    tenant::Tenant,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, EntityTag, IfMatch, TryIntoHeaderValue},
};
use apikey_domain::{
    identifier::ApiKeyId,
    key::{api_key::ApiKey, changes::ApiKeyChanges},
    use_case::keys::{create_once::CreatedOnce, read_api_key::read_api_key},
};

impl Tenant {
    /// Returns the view of a key as it is now.
    pub(super) fn view<'a>(&self, key: &'a ApiKey) -> ApiKeyView<'a> {
        let ports = &self.ports().verify;
        ApiKeyView::of(key, &ports.key_prefix, ports.clock.now())
    }

    /// Returns the entity tag of a key as it is now.
    fn tag(&self, key: &ApiKey) -> Result<EntityTag, HttpError> {
        let ports = &self.ports().verify;
        entity_tag(key, &ports.key_prefix, ports.clock.now())
    }

    /// Returns 200 with a key and its entity tag.
    pub(super) fn tagged(&self, key: &ApiKey) -> Result<HttpResponse, HttpError> {
        let tag = self.tag(key)?.try_into_value();
        let tag = tag.map_err(|error| HttpError::internal(Box::new(error)))?;
        let mut response = response::json(&self.view(key))?;
        response.headers_mut().insert(header::ETAG, tag);
        Ok(response)
    }

    /// Returns 200 with a key, and with its value if it may be shown.
    pub(super) fn shown_once(&self, created: &CreatedOnce) -> Result<HttpResponse, HttpError> {
        let buffer = Vec::with_capacity(json_capacity(&created.api_key));
        let view = self.view(&created.api_key);
        match &created.value {
            Some(value) => response::json_in(buffer, &view.with_value(value.expose())),
            None => response::json_in(buffer, &view),
        }
    }

    /// Returns changes that are made only if the key has one of these entity tags, if any are
    /// named.
    pub(super) async fn expecting(
        &self,
        id: ApiKeyId,
        tags: Option<IfMatch>,
        changes: ApiKeyChanges,
    ) -> Result<ApiKeyChanges, HttpError> {
        let Some(tags) = tags else {
            return Ok(changes);
        };
        Ok(ApiKeyChanges {
            expected: Some(Box::new(self.matching(id, &tags).await?)),
            ..changes
        })
    }

    /// Returns the key, which has one of these entity tags.
    async fn matching(&self, id: ApiKeyId, tags: &IfMatch) -> Result<ApiKey, HttpError> {
        let key = read_api_key(&self.context, self.ports(), id).await?;
        let tag = self.tag(&key)?;
        let matches = match tags {
            IfMatch::Any => true,
            IfMatch::Items(tags) => tags.iter().any(|one| one.strong_eq(&tag)),
        };
        match matches {
            true => Ok(key),
            false => Err(HttpError::precondition_failed()),
        }
    }
}

/// Returns the entity tags that a request names, if it names any.
///
/// # Errors
///
/// 400 if one of them is none: a request that cannot be met must not be taken for one
/// without a condition, nor for one whose condition is not met.
pub(super) fn if_match(request: &HttpRequest) -> Result<Option<IfMatch>, HttpError> {
    let mut texts = Vec::new();
    for value in request.headers().get_all(header::IF_MATCH) {
        texts.extend(value.to_str().map_err(|_| malformed())?.split(','));
    }
    match texts[..] {
        [] => Ok(None),
        [one] if one.trim() == "*" => Ok(Some(IfMatch::Any)),
        _ => {
            let tags = texts.iter().map(|text| text.trim().parse());
            let tags = tags.collect::<Result<Vec<EntityTag>, _>>();
            Ok(Some(IfMatch::Items(tags.map_err(|_| malformed())?)))
        }
    }
}

fn malformed() -> HttpError {
    HttpError::bad_request("If-Match must be * or entity tags in quotation marks")
        .at(Place::Header("If-Match"))
}
