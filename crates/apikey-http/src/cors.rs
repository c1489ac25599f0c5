//! Pages of other origins that may call the interface from a browser.

use crate::{error::HttpError, origin::Origin};
use actix_cors::{Cors, CorsError};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderValue},
    },
    middleware::Next,
};
use std::{
    fmt::{Display, Formatter},
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
    sync::Arc,
};

/// The origins whose pages may call the interface from a browser: by default none.
///
/// A page of one of them may send keys and passwords in headers, and read answers. It may not
/// read what is answered to the cookie of a session, nor change anything with it.
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

const EXPECTED: &str = "expected origins separated by commas, such as \
                        https://console.example,http://localhost:3000, as a browser writes \
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

/// The headers that pages may send.
const REQUEST_HEADERS: [&str; 12] = [
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
const EXPOSED_HEADERS: [&str; 8] = [
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
            .allowed_headers(REQUEST_HEADERS)
            .expose_headers(EXPOSED_HEADERS)
            .max_age(REMEMBERED_SECONDS);
        let origins = self.0.iter();
        Some(origins.fold(cors, |cors, origin| cors.allowed_origin(origin)))
    }
}

impl FromStr for CorsOrigins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let origins: Vec<_> = text.split(',').map(str::trim).collect();
        if !origins.iter().all(|origin| is_origin(origin)) {
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

/// Answers what a browser asks before the request of a page as everything else: a refusal with
/// its reason, and 404 for a path that is not there. CORS alone would answer 200 there, which a
/// gateway that asks a wrong address takes for a good key.
///
/// # Errors
///
/// Those of what answers.
pub(crate) async fn for_routes_only(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    if *request.method() != Method::OPTIONS {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let is_route = request.resource_map().has_resource(request.path());
    let mut response = next.call(request).await?.map_into_boxed_body();
    if response.status().is_success() && !is_route {
        return Ok(response.error_response(HttpError::no_such_route()));
    }
    let error = response.response().error();
    if let Some(error) = error.and_then(|error| error.as_error::<CorsError>()) {
        let refusal = HttpError::forbidden(reason(error));
        return Ok(response.error_response(refusal));
    }
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    Ok(response)
}

fn reason(error: &CorsError) -> &'static str {
    match error {
        CorsError::OriginNotAllowed => "Origin: pages of this origin may not call this server",
        CorsError::MethodNotAllowed => "Access-Control-Request-Method: not from other origins",
        CorsError::HeadersNotAllowed => {
            "Access-Control-Request-Headers: one of them may not be sent from other origins"
        }
        _ => "Origin or Access-Control-Request-Method: missing, or not as a browser writes it",
    }
}

/// Returns whether it is an origin as a browser writes it. Another spelling would never be
/// that of a request.
fn is_origin(text: &str) -> bool {
    let is_port = |port: &str| {
        let number = port.parse::<u16>();
        number.is_ok_and(|number| number > 0 && number.to_string() == port)
    };
    Origin::parse(text).is_some_and(|origin| {
        let is_usual = origin.port == Some(origin.usual_port);
        is_host(origin.host) && !is_usual && origin.port.is_none_or(is_port)
    })
}

fn is_host(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.strip_suffix(']').is_some_and(is_address::<Ipv6Addr>);
    }
    let is_of_name =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    let last = host.rsplit('.').next().unwrap_or_default();
    match last.bytes().all(|byte| byte.is_ascii_digit()) {
        true => is_address::<Ipv4Addr>(host),
        false => host.bytes().all(is_of_name),
    }
}

/// Returns whether it is an address, as it is usually written.
fn is_address<A: FromStr + Display>(text: &str) -> bool {
    let address = text.parse::<A>();
    address.is_ok_and(|address| address.to_string() == text)
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
            "https://my_app.example.com",
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
            "https://a:0",
            "http://[::1",
            "https://[",
            "http://[0:0:0:0:0:0:0:1]",
            "http://127.1",
            "http://127.0.0.01",
            "https://a.",
            "ftp://a",
            "app.example.com",
        ] {
            assert!(text.parse::<CorsOrigins>().is_err(), "{text}");
        }
    }
}
