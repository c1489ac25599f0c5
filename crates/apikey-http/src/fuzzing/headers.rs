//! Headers of requests.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// Returns these headers; `None` if no request can have them.
pub(crate) fn headers(fields: &[(&str, &[u8])]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(headers)
}
