//! Answers to `HEAD`.

use actix_http::Method;
use actix_web::{
    body::{self, BodySize, BoxBody, MessageBody},
    dev::ServiceResponse,
};

/// Drops the body of an answer to `HEAD` whose length is not known: it would be read to its
/// end for nobody, and a watch has no end. One with a length stays, for the length: what is
/// below sends no body.
pub(super) fn drop_stream(response: ServiceResponse) -> ServiceResponse {
    let is_stream = response.response().body().size() == BodySize::Stream;
    if is_stream && response.request().method() == Method::HEAD {
        return response.map_body(|_, _| BoxBody::new(body::None::new()));
    }
    response
}
