//! The id by which a request is found in the log.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use apikey_domain::port::secret_source::SecretSource;
use std::cell::OnceCell;

/// The header that has the id, of a request and of its answer.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a request.
const LONGEST: usize = 128;

/// The id of a request: the one it came with, or a random one, which is made when it is
/// needed.
pub(crate) struct RequestId<'a> {
    headers: &'a HeaderMap,
    secrets: &'a dyn SecretSource,
    id: OnceCell<HeaderValue>,
}

// === impl RequestId ===

impl<'a> RequestId<'a> {
    /// Returns the id of the request with these headers.
    pub(crate) fn of(headers: &'a HeaderMap, secrets: &'a dyn SecretSource) -> Self {
        Self {
            headers,
            secrets,
            id: OnceCell::new(),
        }
    }

    /// Returns it as the value of a header.
    pub(crate) fn get(&self) -> &HeaderValue {
        self.id
            .get_or_init(|| given(self.headers).unwrap_or_else(|| random(self.secrets)))
    }

    /// Returns it as text.
    pub(crate) fn as_str(&self) -> &str {
        self.get().to_str().unwrap_or_default()
    }

    /// Returns it if it was needed.
    pub(crate) fn used(self) -> Option<HeaderValue> {
        self.id.into_inner()
    }
}

/// Returns the id that a request came with, if it came with one that can stand in a log:
/// 1 to 128 letters, digits and `-._:/+=@`.
pub(crate) fn given(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut values = headers.get_all(REQUEST_ID);
    let (value, None) = (values.next()?, values.next()) else {
        return None;
    };
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:/+=@".contains(byte);
    let bytes = value.as_bytes();
    let is_valid = (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(is_plain);
    is_valid.then(|| value.clone())
}

/// Returns an id that nothing else has.
pub(crate) fn random(secrets: &dyn SecretSource) -> HeaderValue {
    let mut bytes = [0; 16];
    // Without randomness the refusal stands all the same, under an id that says so.
    if secrets.fill(&mut bytes).is_err() {
        return HeaderValue::from_static("unknown");
    }
    let id = format!("{:032x}", u128::from_be_bytes(bytes));
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::testing::FixedSecrets;

    #[test]
    fn an_id_that_can_stand_in_a_log_is_kept() {
        let secrets = FixedSecrets::default();
        let longest = "x".repeat(LONGEST);
        for (values, is_kept) in [
            (vec!["8e03978e-40d5-43dd"], true),
            (vec!["1-5759e988-bd862e3fe1be46a994272793"], true),
            (vec![longest.as_str()], true),
            (vec![], false),
            (vec![""], false),
            (vec!["two words"], false),
            (vec!["a\"b"], false),
            (vec!["one", "two"], false),
            (vec![&*format!("{longest}x")], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in &values {
                headers.append(REQUEST_ID, HeaderValue::from_str(value).unwrap());
            }
            let id = RequestId::of(&headers, &secrets);
            let is_random = id.as_str().len() == 32 && id.as_str() != longest;
            assert_eq!(values == [id.as_str()], is_kept, "{values:?}");
            assert_eq!(is_random, !is_kept, "{values:?}");
            assert!(id.used().is_some());
        }
        let headers = HeaderMap::new();
        assert!(RequestId::of(&headers, &secrets).used().is_none());
    }
}
