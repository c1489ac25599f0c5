//! Reading again what has not changed (RFC 9110, 13.1.2).

use actix_web::{
    HttpRequest,
    body::{self, BoxBody},
    dev::ServiceResponse,
    http::{
        Method, StatusCode,
        header::{self, EntityTag},
    },
};

/// Returns 304 without a body instead of 200, if the request names the entity tag that the
/// answer has.
pub(super) fn shorten(response: ServiceResponse) -> ServiceResponse {
    if !is_known(&response) {
        return response;
    }
    response.map_body(|head, _| {
        head.status = StatusCode::NOT_MODIFIED;
        head.headers_mut().remove(header::CONTENT_TYPE);
        BoxBody::new(body::None::new())
    })
}

fn is_known(response: &ServiceResponse) -> bool {
    let request = response.request();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read || !request.headers().contains_key(header::IF_NONE_MATCH) {
        return false;
    }
    let tag = response.headers().get(header::ETAG);
    let tag = tag.and_then(|tag| tag.to_str().ok()?.parse().ok());
    response.status() == StatusCode::OK && tag.is_some_and(|tag| names(request, &tag))
}

/// Returns whether `If-None-Match` names a tag. What is no tag names none: then the answer is
/// the whole one, which is never wrong.
fn names(request: &HttpRequest, tag: &EntityTag) -> bool {
    let mut values = request.headers().get_all(header::IF_NONE_MATCH);
    values.any(|value| {
        let text = value.to_str().unwrap_or_default();
        text.split(',').map(str::trim).any(|named| {
            named == "*"
                || named
                    .parse::<EntityTag>()
                    .is_ok_and(|named| named.weak_eq(tag))
        })
    })
}
