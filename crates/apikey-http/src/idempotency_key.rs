//! The header by which a client names a request that it may send again.

use crate::error::{HttpError, place::Place};
use actix_web::http::header::{HeaderMap, HeaderName};
use apikey_domain::idempotency::IdempotencyKey;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const PLACE: Place = Place::Header("Idempotency-Key");

/// Returns the idempotency key of a request, if it has one.
///
/// # Errors
///
/// 400 if there are several, or it is not valid.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, HttpError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(HttpError::bad_request("Idempotency-Key must be given once").at(PLACE));
    }
    // What is not text is not valid, either.
    let key = IdempotencyKey::parse(value.to_str().unwrap_or_default());
    key.map(Some)
        .map_err(|invalid| HttpError::bad_request(invalid.message).at(PLACE))
}
