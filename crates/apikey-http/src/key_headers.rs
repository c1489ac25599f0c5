//! The setting that names the headers with the key.

use actix_web::http::header::{self, HeaderName};
use std::{
    fmt::{Display, Formatter},
    str::FromStr,
    sync::Arc,
};

/// The headers in which `/auth/verify` reads the key.
///
/// By default these are `Authorization: Bearer` and `X-API-Key`. Others are named, 1 to
/// 16 of them, and a key is then read in every form in which clients send one.
///
/// # Example
///
/// ```
/// use apikey_http::KeyHeaders;
///
/// let headers: KeyHeaders = "Authorization, api-key".parse()?;
/// assert_eq!(headers.to_string(), "authorization, api-key");
/// assert!("cookie".parse::<KeyHeaders>().is_err());
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyHeaders(Option<Arc<[HeaderName]>>);

const MOST: usize = 16;

const EXPECTED: &str = "expected the names of 1 to 16 headers separated by commas, such as \
                        authorization,x-api-key,api-key,x-goog-api-key";

/// The headers that say something else to a server or a gateway, or are written to
/// logs.
const OTHERS: [HeaderName; 22] = [
    header::CACHE_CONTROL,
    header::CONNECTION,
    header::COOKIE,
    header::DATE,
    header::EXPECT,
    header::FORWARDED,
    header::FROM,
    header::HOST,
    header::ORIGIN,
    header::PRAGMA,
    header::RANGE,
    header::REFERER,
    header::SET_COOKIE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::USER_AGENT,
    header::VIA,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("last-event-id"),
];

/// How the names of more such headers begin.
const BEGINNINGS: [&str; 22] = [
    "accept",
    "access-control-",
    "baggage",
    "content-",
    "if-",
    "priority",
    "proxy-",
    "sec-",
    "traceparent",
    "tracestate",
    "x-auth-",
    "x-b3-",
    "x-correlation-id",
    "x-envoy-",
    "x-forwarded-",
    "x-higress-llm-model",
    "x-model",
    "x-mse-consumer",
    "x-organization-id",
    "x-original-",
    "x-real-ip",
    "x-request-id",
];

// === impl KeyHeaders ===

impl KeyHeaders {
    /// Returns the names, or `None` for the default.
    pub(crate) fn names(&self) -> Option<&[HeaderName]> {
        self.0.as_deref()
    }
}

impl FromStr for KeyHeaders {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut names: Vec<HeaderName> = Vec::new();
        for one in text.split(',').map(str::trim) {
            let Ok(name) = HeaderName::from_str(one) else {
                return Err(format!("{EXPECTED}; '{one}' is not the name of one"));
            };
            if is_other(&name) {
                return Err(format!("{EXPECTED}; '{name}' has another meaning"));
            }
            if names.contains(&name) {
                return Err(format!("{EXPECTED}; '{name}' is named twice"));
            }
            names.push(name);
        }
        if names.len() > MOST {
            return Err(EXPECTED.to_owned());
        }
        Ok(Self(Some(names.into())))
    }
}

fn is_other(name: &HeaderName) -> bool {
    let begins = |beginning: &&str| name.as_str().starts_with(beginning);
    name != header::SEC_WEBSOCKET_PROTOCOL
        && (OTHERS.contains(name) || BEGINNINGS.iter().any(begins))
}

/// Writes the default in parentheses.
impl Display for KeyHeaders {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let Some(names) = self.names() else {
            return formatter.write_str("(authorization: bearer, x-api-key)");
        };
        let names: Vec<_> = names.iter().map(HeaderName::as_str).collect();
        formatter.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_list_is_read() {
        for text in [
            "api-key",
            "authorization, x-api-key, api-key, x-goog-api-key, sec-websocket-protocol",
        ] {
            assert_eq!(text.parse::<KeyHeaders>().unwrap().to_string(), text);
        }
        let spelled: KeyHeaders = "API-Key,X-Goog-Api-Key".parse().unwrap();
        assert_eq!(spelled.to_string(), "api-key, x-goog-api-key");
    }

    #[test]
    fn what_cannot_carry_a_key_is_refused_with_its_name() {
        let many: Vec<_> = (0..17).map(|number| format!("key-{number}")).collect();
        let table = [
            ("", "'' is not the name"),
            ("api-key,", "'' is not the name"),
            ("api key", "'api key' is not the name"),
            ("?api_key", "'?api_key' is not the name"),
            ("api-key: x", "'api-key: x' is not the name"),
            ("clé", "'clé' is not the name"),
            ("api-key,API-KEY", "'api-key' is named twice"),
            ("Cookie", "'cookie' has another meaning"),
            ("x-request-id", "'x-request-id' has another meaning"),
            ("X-Original-URI", "'x-original-uri' has another meaning"),
            ("x-api-key,HOST", "'host' has another meaning"),
            ("X-Auth-User-Id", "'x-auth-user-id' has another meaning"),
            ("sec-websocket-key", "'sec-websocket-key' has another"),
            (&many.join(","), "1 to 16 headers"),
        ];
        for (text, expected) in table {
            let refused = text.parse::<KeyHeaders>().unwrap_err();
            assert!(refused.contains(expected), "{text}: {refused}");
        }
    }
}
