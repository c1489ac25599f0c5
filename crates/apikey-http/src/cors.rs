//! Pages of other origins that may call the interface from a browser.

use crate::{error::HttpError, same_site::Origin};
use actix_cors::{Cors, CorsError};
use actix_web::{dev::ServiceResponse, http::Method};
use std::{
    fmt::{Display, Formatter},
    str::FromStr,
    sync::Arc,
};

/// The origins whose pages may call the interface from a browser: by default none.
///
/// A page of one of them may send keys and passwords in headers, and read answers. It may not
/// use the session of whoever looks at it: the browser is not told to send the cookie.
///
/// # Example
///
/// ```
/// use apikey_http::CorsOrigins;
///
/// let origins: CorsOrigins = "https://app.example.com, http://localhost:3000".parse()?;
/// assert_eq!(origins.to_string(), "https://app.example.com, http://localhost:3000");
/// assert!("*".parse::<CorsOrigins>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorsOrigins(Arc<[String]>);

/// The maximum number of origins.
const MOST: usize = 64;

const EXPECTED: &str = "expected 1 to 64 origins separated by commas, such as \
                        https://app.example.com,http://localhost:3000, as a browser writes \
                        them: in small letters, without a path or the usual port";

/// The methods that pages may use.
const METHODS: [Method; 6] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
];

/// The headers of requests that are read, and those that browsers let pages set anyway.
const READ: [&str; 12] = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "last-event-id",
    "traceparent",
    "tracestate",
    "x-api-key",
    "x-organization-id",
    "x-request-id",
];

/// The headers of answers that pages may read.
const SHOWN: [&str; 8] = [
    "allow",
    "etag",
    "link",
    "retry-after",
    "www-authenticate",
    "x-auth-stale",
    "x-request-id",
    "x-total-count",
];

/// For how many seconds a browser remembers what is allowed.
const REMEMBERED_SECONDS: usize = 600;

// === impl CorsOrigins ===

impl CorsOrigins {
    /// Returns what answers browsers, if there are such origins.
    pub(crate) fn middleware(&self) -> Option<Cors> {
        if self.0.is_empty() {
            return None;
        }
        let cors = Cors::default()
            .allowed_methods(METHODS)
            .allowed_headers(READ)
            .expose_headers(SHOWN)
            .max_age(REMEMBERED_SECONDS);
        let origins = self.0.iter();
        Some(origins.fold(cors, |cors, origin| cors.allowed_origin(origin)))
    }
}

impl FromStr for CorsOrigins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let origins: Vec<_> = text.split(',').map(str::trim).collect();
        if origins.len() > MOST || !origins.iter().all(|origin| is_origin(origin)) {
            return Err(EXPECTED.to_owned());
        }
        Ok(Self(origins.into_iter().map(ToOwned::to_owned).collect()))
    }
}

impl Display for CorsOrigins {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0.join(", "))
    }
}

/// Returns the refusal of what a browser asked before a request of a page, if it was refused.
pub(crate) fn refusal<B>(response: &ServiceResponse<B>) -> Option<HttpError> {
    let error = response.response().error()?;
    let message = match error.as_error::<CorsError>()? {
        CorsError::OriginNotAllowed => "Origin: pages of this origin may not call this server",
        CorsError::MethodNotAllowed => "Access-Control-Request-Method: not from other origins",
        CorsError::HeadersNotAllowed => {
            "Access-Control-Request-Headers: one of them may not be sent from other origins"
        }
        _ => "Origin or Access-Control-Request-Method: missing, or not as a browser writes it",
    };
    Some(HttpError::forbidden(message))
}

/// Returns whether it is an origin as a browser writes it. Another spelling would never be
/// that of a request.
fn is_origin(text: &str) -> bool {
    let is_written =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]/".contains(&byte);
    let is_port = |port: &str| {
        port.parse::<u16>()
            .is_ok_and(|number| number.to_string() == port)
    };
    text.bytes().all(is_written)
        && Origin::parse(text).is_some_and(|origin| {
            origin.port != Some(origin.usual_port) && origin.port.is_none_or(is_port)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_as_browsers_write_them() {
        for text in [
            "https://app.example.com",
            "http://localhost:3000",
            "http://[::1]:8080, https://a",
            "http://127.0.0.1",
        ] {
            assert!(text.parse::<CorsOrigins>().is_ok(), "{text}");
        }
        for text in [
            "",
            "*",
            "null",
            "https://",
            "https://a/",
            "https://a,",
            "https://A",
            "https://a:443",
            "http://a:80",
            "https://a:x",
            "https://a:080",
            "https://a:99999",
            "https://*.example.com",
            "https://a?b",
            "https://u@a",
            "ftp://a",
            "app.example.com",
        ] {
            assert!(text.parse::<CorsOrigins>().is_err(), "{text}");
        }
        let many = vec!["https://a"; 65].join(",");
        assert!(many.parse::<CorsOrigins>().is_err());
    }
}
