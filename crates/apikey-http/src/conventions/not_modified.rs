//! Reading again what has not changed (RFC 9110, 13.1.2).

use actix_web::{
    HttpRequest,
    body::{self, BoxBody},
    dev::ServiceResponse,
    http::{
        Method, StatusCode,
        header::{self, EntityTag, Header, IfNoneMatch},
    },
};

/// Returns 304 without a body instead of 200, if the request names the entity tag that the
/// answer has.
pub(super) fn shorten(response: ServiceResponse) -> ServiceResponse {
    if !client_has_it(&response) {
        return response;
    }
    response.map_body(|head, _| {
        head.status = StatusCode::NOT_MODIFIED;
        for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING] {
            head.headers_mut().remove(name);
        }
        BoxBody::new(body::None::new())
    })
}

fn client_has_it(response: &ServiceResponse) -> bool {
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
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(named)) => named.iter().any(|one| one.weak_eq(tag)),
        Err(_) => false,
    }
}
