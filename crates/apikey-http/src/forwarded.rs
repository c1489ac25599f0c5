//! What a trusted proxy says of the request that it passes on.

pub(crate) mod element;

use crate::{api::Api, client_address::peer_of};
use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap, HeaderName},
};
use element::elements_from_last;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What the proxy that sent a request says of its client's, if the proxy is trusted.
pub(crate) struct Forwarded<'a> {
    /// The headers, of a trusted proxy only.
    headers: Option<&'a HeaderMap>,
}

// === impl Forwarded ===

impl<'a> Forwarded<'a> {
    /// Returns what is said of a request: nothing, unless a trusted proxy sent it.
    pub(crate) fn of(request: &'a HttpRequest, api: &Api) -> Self {
        let is_trusted = peer_of(request).is_some_and(|peer| api.trusted_proxies.contains(peer));
        Self {
            headers: is_trusted.then(|| request.headers()),
        }
    }

    /// Returns whether the client uses https. Of several proxies the last one is trusted.
    pub(crate) fn is_https(&self) -> bool {
        let protocol = self.said(&X_FORWARDED_PROTO, "proto");
        protocol.is_some_and(|protocol| protocol.eq_ignore_ascii_case("https"))
    }

    /// Returns the host that the client asked for.
    pub(crate) fn host(&self) -> Option<&'a str> {
        self.said(&X_FORWARDED_HOST, "host")
    }

    /// Returns the last value of a header, or of a parameter of `Forwarded` (RFC 7239).
    fn said(&self, name: &HeaderName, parameter: &str) -> Option<&'a str> {
        let headers = self.headers?;
        if let Some(value) = elements_from_last(headers, name).next() {
            return value;
        }
        let last = elements_from_last(headers, &header::FORWARDED).next()?;
        element::parameter(last?, parameter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn said(given: &[(HeaderName, &'static str)]) -> (bool, Option<String>) {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        let forwarded = Forwarded {
            headers: Some(&headers),
        };
        (forwarded.is_https(), forwarded.host().map(str::to_owned))
    }

    #[test]
    fn the_last_proxy_is_heard() {
        let host = |host: &str| Some(host.to_owned());
        for (given, expected) in [
            (&[][..], (false, None)),
            (&[(X_FORWARDED_PROTO, "https")], (true, None)),
            (&[(X_FORWARDED_PROTO, "https, http")], (false, None)),
            (
                &[(X_FORWARDED_PROTO, "http"), (X_FORWARDED_PROTO, "HTTPS")],
                (true, None),
            ),
            (
                &[(
                    header::FORWARDED,
                    "for=a;proto=http, for=b; Proto=\"https\";host=\"c:8443\"",
                )],
                (true, host("c:8443")),
            ),
            (&[(X_FORWARDED_HOST, "a, b:80")], (false, host("b:80"))),
            (&[(header::FORWARDED, ";;proto")], (false, None)),
        ] {
            assert_eq!(said(given), expected, "{given:?}");
        }
    }
}
