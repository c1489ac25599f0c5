//! Who may read the metrics.

use crate::authentication::credentials::bearer;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use sha2::{Digest, Sha256};
use std::{fmt, sync::Arc};
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// The shortest and the longest token.
const LENGTHS: std::ops::RangeInclusive<usize> = 16..=512;

/// Who may read the metrics at an address.
///
/// # Example
///
/// ```
/// use apikey_http::{MetricsAccess, MetricsToken};
///
/// let token = MetricsToken::parse("0123456789abcdef").unwrap();
/// let _access = MetricsAccess::AdminsAnd(token);
/// ```
#[derive(Clone, Debug, Default)]
pub enum MetricsAccess {
    /// Platform admins.
    #[default]
    Admins,
    /// Platform admins, and whoever has the token.
    AdminsAnd(MetricsToken),
    /// Nobody: there are none at this address.
    Nobody,
}

/// A token that opens the metrics and nothing else. Only a digest of it is kept. Clones share
/// it.
///
/// # Example
///
/// ```
/// use apikey_http::MetricsToken;
///
/// let token = MetricsToken::parse("0123456789abcdef").unwrap();
/// assert_eq!(format!("{token:?}"), "MetricsToken(redacted)");
/// assert!(MetricsToken::parse("short").is_err());
/// ```
#[derive(Clone)]
pub struct MetricsToken(Arc<[u8; 32]>);

// === impl MetricsToken ===

impl MetricsToken {
    /// Returns the token of a text.
    ///
    /// # Errors
    ///
    /// What was expected instead, without any of the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        // What may stand behind `Bearer`.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if !LENGTHS.contains(&text.len()) || !text.bytes().all(is_plain) {
            return Err("expected 16 to 512 letters, digits and -._~+/=");
        }
        Ok(Self(Arc::new(digest(text.as_bytes()))))
    }

    /// Returns whether a request comes with the token. It takes as long for each that comes
    /// with another one of the same length.
    pub(crate) fn is_in(&self, headers: &HeaderMap) -> bool {
        let Some(text) = headers.get(AUTHORIZATION).and_then(bearer) else {
            return false;
        };
        let mut presented = digest(text);
        let is_equal = presented.ct_eq(&*self.0).into();
        presented.zeroize();
        is_equal
    }
}

impl fmt::Debug for MetricsToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MetricsToken(redacted)")
    }
}

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn only_the_token_behind_bearer_is_the_token() {
        let token = MetricsToken::parse("0123456789abcdef").unwrap();
        for (value, is_it) in [
            ("Bearer 0123456789abcdef", true),
            ("bearer 0123456789abcdef", true),
            ("Bearer 0123456789abcdeF", false),
            ("Bearer 0123456789abcde", false),
            ("Bearer 0123456789abcdef0", false),
            ("Bearer", false),
            ("Basic 0123456789abcdef", false),
            ("0123456789abcdef", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_static(value));
            assert_eq!(token.is_in(&headers), is_it, "{value}");
        }
        assert!(!token.is_in(&HeaderMap::new()));
    }

    #[test]
    fn what_cannot_stand_behind_bearer_is_no_token() {
        for text in [
            "",
            "0123456789abcde",
            "0123456789 abcdef",
            "0123456789abcdeü",
        ] {
            assert!(MetricsToken::parse(text).is_err(), "{text}");
        }
        assert!(MetricsToken::parse(&"x".repeat(512)).is_ok());
        assert!(MetricsToken::parse(&"x".repeat(513)).is_err());
    }
}
