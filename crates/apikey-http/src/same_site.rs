//! Requests that a browser sends for another site.
//!
//! A browser adds the cookie of a session to a request wherever the request comes from. So
//! what such a request changes is refused unless it comes from the same site, as far as the
//! browser says where it comes from, and unless its body is JSON, which no form can send.

use crate::{api::Api, error::HttpError, forwarded::Forwarded, origin::Origin};
use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{self, HeaderMap, HeaderName},
    },
};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks a request with the cookie of a session, unless it can only read.
///
/// # Errors
///
/// 403 if it comes from another site, or has a body that is not JSON.
pub(crate) fn check_change(request: &HttpRequest, api: &Api) -> Result<(), HttpError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    check(request, api)?;
    let headers = request.headers();
    if has_body(headers) && !is_json(headers) {
        let message = "With a session cookie, the body must be of the type application/json";
        return Err(HttpError::forbidden(message));
    }
    Ok(())
}

/// Checks that a request does not come from another site, as far as the browser says where
/// it comes from.
///
/// # Errors
///
/// 403 if it does.
pub(crate) fn check(request: &HttpRequest, api: &Api) -> Result<(), HttpError> {
    let headers = request.headers();
    let is_other = |site: &[u8]| !matches!(site, b"same-origin" | b"same-site" | b"none");
    let sites = || {
        let sites = headers.get_all(SEC_FETCH_SITE);
        sites.map(|site| site.as_bytes())
    };
    if sites().any(is_other) {
        let message = "Sec-Fetch-Site: the request comes from another site";
        return Err(HttpError::forbidden(message));
    }
    // Only a browser says so, and only of a page of the same scheme, host and port.
    let is_same_origin = sites().next() == Some(b"same-origin") && sites().count() == 1;
    let forwarded = Forwarded::of(request, api);
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let is_ours = |origin: &[u8]| {
        let origin = std::str::from_utf8(origin).ok().and_then(Origin::parse);
        let mut hosts = [forwarded.host(), host].into_iter().flatten();
        origin.is_some_and(|origin| hosts.any(|host| origin.is_of(host, is_same_origin)))
    };
    let mut origins = headers.get_all(header::ORIGIN);
    if origins.all(|origin| is_ours(origin.as_bytes())) {
        return Ok(());
    }
    Err(HttpError::forbidden(
        "Origin: the request comes from another site, or a proxy does not pass on Host",
    ))
}

fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH);
    let is_empty = length.is_none_or(|length| length.as_bytes().trim_ascii() == b"0");
    !is_empty || headers.contains_key(header::TRANSFER_ENCODING)
}

/// Returns whether the body is said to be JSON, or of a type that is written as JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .map(|value| value.as_bytes());
    let essence = value.and_then(|value| value.split(|byte| *byte == b';').next());
    let essence = essence
        .unwrap_or_default()
        .trim_ascii()
        .to_ascii_lowercase();
    essence == b"application/json"
        || (essence.starts_with(b"application/") && essence.ends_with(b"+json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn an_origin_is_of_the_host_that_was_asked() {
        for (origin, host, expected) in [
            ("https://a.example", "a.example", true),
            ("https://A.example", "a.Example", true),
            ("https://a.example", "a.example:443", true),
            ("http://a.example", "a.example:80", true),
            ("http://a.example:8080", "a.example:8080", true),
            ("http://[::1]:8080", "[::1]:8080", true),
            ("http://[::1]", "[::1]", true),
            ("https://a.example:443", "a.example", true),
            // Another service of the same machine.
            ("http://a.example:8888", "a.example", false),
            ("https://a.example:8443", "a.example", false),
            ("https://a.example", "a.example:80", false),
            ("http://a.example:8080", "a.example:8081", false),
            ("https://b.example", "a.example", false),
            ("https://a.example.b.example", "a.example", false),
            ("https://b.a.example", "a.example", false),
            ("https://a.example/", "a.example", false),
            ("https://b.example/a.example", "a.example", false),
            ("https://b@a.example", "a.example", false),
            ("https://", "", false),
            ("null", "null", false),
            ("a.example", "a.example", false),
            ("chrome-extension://a.example", "a.example", false),
            ("", "", false),
        ] {
            let origin_of = Origin::parse(origin);
            let is_of = origin_of.is_some_and(|origin| origin.is_of(host, false));
            assert_eq!(is_of, expected, "{origin} {host}");
        }
    }

    #[test]
    fn a_proxy_may_take_the_port_if_the_browser_says_that_it_is_the_same_origin() {
        let origin = Origin::parse("https://a.example:8443").unwrap();
        assert!(origin.is_of("a.example", true));
        assert!(!origin.is_of("b.example", true));
        assert!(!origin.is_of("a.example:8444", true));
    }

    #[test]
    fn json_is_what_no_form_sends() {
        let headers = |name: HeaderName, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            headers
        };
        for (value, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("multipart/form-data; x=application/json", false),
            ("text/plain; application/json", false),
            ("text/x+json", false),
            ("", false),
        ] {
            assert_eq!(
                is_json(&headers(header::CONTENT_TYPE, value)),
                expected,
                "{value}"
            );
        }
        assert!(!is_json(&HeaderMap::new()));
        assert!(!has_body(&HeaderMap::new()));
        assert!(!has_body(&headers(header::CONTENT_LENGTH, "0")));
        assert!(has_body(&headers(header::CONTENT_LENGTH, "1")));
        assert!(has_body(&headers(header::TRANSFER_ENCODING, "chunked")));
    }
}
