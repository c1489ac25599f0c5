//! The key of a request that a gateway asks about.

use super::key_forms::{self, FoundKey};
use crate::{authentication::credentials::bearer, error::HttpError, key_headers::KeyHeaders};
use actix_web::http::header::{self, HeaderMap, HeaderName};
use apikey_domain::key::token::KeyPrefix;
use std::borrow::Cow;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The key of a request, in the one place where it was found, or in several.
#[derive(Default)]
pub(super) struct PresentedKey<'a>(Option<FoundKey<'a>>);

// === impl PresentedKey ===

impl<'a> PresentedKey<'a> {
    /// Reads the key from `Authorization: Bearer` or `X-API-Key`.
    ///
    /// # Errors
    ///
    /// 400 if the request contains two different keys.
    pub(super) fn standard(headers: &'a HeaderMap) -> Result<Self, HttpError> {
        let mut key = Self::default();
        let bearers = headers.get_all(header::AUTHORIZATION).filter_map(bearer);
        let plain = headers.get_all(X_API_KEY).map(|value| value.as_bytes());
        for bytes in bearers.chain(plain) {
            key.add(FoundKey::Written(bytes))?;
        }
        Ok(key)
    }

    /// Reads the key from the headers that the operator named.
    ///
    /// # Errors
    ///
    /// 400 if these contain two different keys.
    pub(super) fn of(
        headers: &'a HeaderMap,
        places: &KeyHeaders,
        prefix: &KeyPrefix,
    ) -> Result<Self, HttpError> {
        let Some(names) = places.names() else {
            return Self::standard(headers);
        };
        let mut key = Self::default();
        for name in names {
            for value in headers.get_all(name) {
                key_forms::read(name, value, prefix, |found| key.add(found))?;
            }
        }
        Ok(key)
    }

    /// Returns the key as text, if there is one.
    ///
    /// A key that is not UTF-8 cannot be right; it is verified like any wrong key. The
    /// check for UTF-8 is faster than a lossy conversion, and nearly all keys pass it.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        let bytes = self.0.as_deref()?;
        Some(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(bytes),
        })
    }

    fn add(&mut self, found: FoundKey<'a>) -> Result<(), HttpError> {
        match &self.0 {
            _ if found.is_empty() => Ok(()),
            None => {
                self.0 = Some(found);
                Ok(())
            }
            Some(first) if **first == *found => Ok(()),
            Some(_) => Err(HttpError::bad_request(
                "The request holds two different keys",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use base64::{Engine, prelude::BASE64_STANDARD};

    type Given<'a> = &'a [(&'static str, &'a [u8])];

    /// What is read: a key, none, or two that differ.
    type Read<'a> = Option<Option<&'a str>>;

    const KEY: &str = "gpustack_0123456789abcdef_0123456789abcdef0123456789abcdef";
    const CUSTOM: &str = "a-custom-key-of-ours";

    fn read(given: Given<'_>, places: &KeyHeaders) -> Option<Option<String>> {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let name = HeaderName::from_static(name);
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        let key = PresentedKey::of(&headers, places, &KeyPrefix::default()).ok()?;
        Some(key.text().map(Cow::into_owned))
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", BASE64_STANDARD.encode(text))
    }

    #[test]
    fn by_default_the_same_key_may_be_repeated() {
        let table: [(Given<'_>, Read<'_>); 11] = [
            (&[], Some(None)),
            (&[("authorization", b"bearer  a")], Some(Some("a"))),
            (&[("authorization", b"a")], Some(None)),
            (&[("x-api-key", b"a")], Some(Some("a"))),
            (&[("x-api-key", b"Bearer a")], Some(Some("Bearer a"))),
            (
                &[("authorization", b"Bearer a"), ("x-api-key", b"a")],
                Some(Some("a")),
            ),
            (&[("authorization", b"Bearer a"), ("x-api-key", b"b")], None),
            (&[("x-api-key", b"a"), ("x-api-key", b"b")], None),
            (
                &[("authorization", b"Basic YTpi"), ("x-api-key", b"b")],
                Some(Some("b")),
            ),
            (
                &[("authorization", b"Bearer"), ("x-api-key", b"")],
                Some(None),
            ),
            (&[("x-api-key", b"\xff")], Some(Some("\u{fffd}"))),
        ];
        for (given, expected) in table {
            let key = read(given, &KeyHeaders::default());
            assert_eq!(key.as_ref().map(Option::as_deref), expected, "{given:?}");
        }
    }

    #[test]
    fn a_named_header_is_read_in_every_form() {
        let places: KeyHeaders = "authorization,api-key".parse().unwrap();
        for (value, expected) in [
            (KEY.to_owned(), Some(KEY)),
            (format!("Bearer {KEY}"), Some(KEY)),
            (format!("bEARER   {KEY} "), Some(KEY)),
            (format!("Token {KEY}"), Some(KEY)),
            (format!("ApiKey {KEY}"), Some(KEY)),
            (format!("Bearer {CUSTOM}"), Some(CUSTOM)),
            (basic(&format!("{KEY}:")), Some(KEY)),
            (basic(KEY), Some(KEY)),
            (basic(&format!(":{KEY}")), Some(KEY)),
            (basic(&format!("{KEY}:x")), Some(KEY)),
            (basic(&format!("x:{KEY}")), Some(KEY)),
            (basic(&format!("{KEY}:{KEY}")), Some(KEY)),
            (basic(&format!("{KEY}:{CUSTOM}")), Some(KEY)),
            (basic(&format!("{CUSTOM}:{KEY}")), Some(KEY)),
            (basic(&format!("a-long-user-name:{CUSTOM}")), Some(CUSTOM)),
            (basic(&format!("{CUSTOM}:x")), Some(CUSTOM)),
            (basic("admin:Admin_123"), None),
            (basic(""), None),
            ("Basic !".to_owned(), None),
            (format!("Digest username={KEY}"), None),
            ("Bearer".to_owned(), None),
            ("basic ".to_owned(), None),
            (String::new(), None),
            ("short".to_owned(), Some("short")),
            (format!("Bearer {KEY} {KEY}"), Some(&format!("{KEY} {KEY}"))),
        ] {
            for name in ["authorization", "api-key"] {
                let key = read(&[(name, value.as_bytes())], &places);
                assert_eq!(key, Some(expected.map(str::to_owned)), "{name}: {value}");
            }
            let elsewhere = read(&[("x-api-key", value.as_bytes())], &places);
            assert_eq!(elsewhere, Some(None), "{value}");
        }
    }

    #[test]
    fn a_key_is_found_among_subprotocols() {
        let places: KeyHeaders = "sec-websocket-protocol".parse().unwrap();
        let encoded = "base64url.bearer.authorization.k8s.io.YS1jdXN0b20ta2V5LW9mLW91cnM";
        for (value, expected) in [
            (
                format!("realtime, openai-insecure-api-key.{KEY}, openai-beta.realtime-v1"),
                Some(KEY),
            ),
            (format!("openai-insecure-api-key.{CUSTOM}"), Some(CUSTOM)),
            (KEY.to_owned(), Some(KEY)),
            (format!("chat,\t{KEY}"), Some(KEY)),
            (format!("access.token.{KEY},{KEY}"), Some(KEY)),
            (format!("{encoded}, base64.channel.k8s.io"), Some(CUSTOM)),
            ("realtime, graphql-ws".to_owned(), None),
            (CUSTOM.to_owned(), None),
            (", ,".to_owned(), None),
        ] {
            let key = read(&[("sec-websocket-protocol", value.as_bytes())], &places);
            assert_eq!(key, Some(expected.map(str::to_owned)), "{value}");
        }
        let two = format!("{KEY}, openai-insecure-api-key.{CUSTOM}");
        assert_eq!(
            read(&[("sec-websocket-protocol", two.as_bytes())], &places),
            None
        );
    }

    #[test]
    fn two_different_keys_are_refused_wherever_they_are() {
        let places: KeyHeaders = "authorization,api-key,x-goog-api-key".parse().unwrap();
        let other = "gpustack_0123456789abcdef_other";
        let both = basic(&format!("{KEY}:{other}"));
        let bearer = format!("Bearer {other}");
        let (key, other) = (KEY.as_bytes(), other.as_bytes());
        let different: [Given<'_>; 4] = [
            &[("api-key", key), ("x-goog-api-key", other)],
            &[("api-key", key), ("api-key", other)],
            &[
                ("x-goog-api-key", key),
                ("authorization", bearer.as_bytes()),
            ],
            &[("authorization", both.as_bytes())],
        ];
        for given in different {
            assert_eq!(read(given, &places), None, "{given:?}");
        }
        let same: Given<'_> = &[("api-key", key), ("x-goog-api-key", key), ("api-key", b"")];
        assert_eq!(read(same, &places), Some(Some(KEY.to_owned())));
        let elsewhere: Given<'_> = &[("api-key", key), ("x-api-key", other)];
        assert_eq!(read(elsewhere, &places), Some(Some(KEY.to_owned())));
    }
}
