//! What a gateway passes on of the request it asks about.

use super::SCOPE_RULE;
use crate::{authentication::credentials::bearer, error::HttpError};
use actix_web::http::header::{self, HeaderMap, HeaderName};
use apikey_domain::{
    invalid::Invalid,
    key::scope::{Scope, ScopeSet},
};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_MODEL: HeaderName = HeaderName::from_static("x-model");
const X_HIGRESS_LLM_MODEL: HeaderName = HeaderName::from_static("x-higress-llm-model");

/// The key, from `Authorization: Bearer` or `X-API-Key`.
///
/// What is not text is no key that could be right, and is judged like one.
///
/// # Errors
///
/// 400 when the request holds two that differ.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<Cow<'_, str>>, HttpError> {
    let bearers = headers.get_all(header::AUTHORIZATION).filter_map(bearer);
    let plain = headers.get_all(X_API_KEY).map(|value| value.as_bytes());
    let key = only(bearers.chain(plain))
        .ok_or_else(|| HttpError::bad_request("The request holds two different keys"))?;
    Ok(key.map(text))
}

/// Most keys are text, which is seen sooner than what is not.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// The model, from `X-Model` or `x-higress-llm-model`.
///
/// # Errors
///
/// 400 when the request names two, or one that is not UTF-8.
pub(super) fn model(headers: &HeaderMap) -> Result<Option<&str>, HttpError> {
    let named = headers
        .get_all(X_MODEL)
        .chain(headers.get_all(X_HIGRESS_LLM_MODEL));
    let model = only(named.map(|value| value.as_bytes()))
        .ok_or_else(|| HttpError::bad_request("The request names two different models"))?;
    let not_text = |_| HttpError::bad_request("The name of the model is not UTF-8");
    model.map(std::str::from_utf8).transpose().map_err(not_text)
}

/// The one value that is given, however often; `None` inside when none is, and
/// outside when two differ. An empty value is none.
fn only<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Option<Option<&'a [u8]>> {
    let first = values.find(|value| !value.is_empty());
    let is_same = |value: &[u8]| value.is_empty() || Some(value) == first;
    values.all(is_same).then_some(first)
}

/// The scopes that a query demands: every one that is named; without any,
/// `inference`.
///
/// Some gateways append the query of their client, who must not replace the
/// gateway's demand by another. So the first is the gateway's own, and of the
/// others those that are scopes count, too; what is none may be a parameter of
/// the client's request.
///
/// # Errors
///
/// 422 when the first is no scope.
pub(super) fn scopes(query: &str) -> Result<ScopeSet, HttpError> {
    let named = query
        .split('&')
        .filter_map(|parameter| parameter.strip_prefix("scope="));
    let mut demanded = ScopeSet::NONE;
    for (index, name) in named.enumerate() {
        match scope(name) {
            Ok(scope) => demanded = demanded.with(scope),
            Err(_) if index > 0 => {}
            Err(_) => {
                return Err(HttpError::invalid(format!("query.scope: {SCOPE_RULE}")));
            }
        }
    }
    Ok(match demanded {
        ScopeSet::NONE => Scope::Inference.into(),
        demanded => demanded,
    })
}

fn scope(name: &str) -> Result<Scope, Invalid> {
    Scope::parse(name).or_else(|_| {
        let decoded = percent_decode_str(name).decode_utf8_lossy();
        Scope::parse(&decoded)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn headers(given: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let name = HeaderName::from_static(name);
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn one_key_may_be_given_more_than_once() {
        type Given<'a> = &'a [(&'static str, &'a [u8])];
        let table: [(Given<'_>, Option<Option<&str>>); 9] = [
            (&[], Some(None)),
            (&[("authorization", b"bearer  a")], Some(Some("a"))),
            (&[("x-api-key", b"a")], Some(Some("a"))),
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
            let headers = headers(given);
            let key = key(&headers).ok();
            assert_eq!(key.as_ref().map(Option::as_deref), expected, "{given:?}");
        }
    }

    #[test]
    fn two_models_are_one_too_many() {
        let both = |one: &[u8], other: &[u8]| {
            let headers = headers(&[("x-model", one), ("x-higress-llm-model", other)]);
            model(&headers).map(|model| model.map(str::to_owned)).ok()
        };
        assert_eq!(both(b"a", b"a"), Some(Some("a".to_owned())));
        assert_eq!(both(b"a", b""), Some(Some("a".to_owned())));
        assert_eq!(both(b"", b""), Some(None));
        assert_eq!(both(b"a", b"b"), None);
        assert_eq!(both(b"\xff", b""), None);
    }

    #[test]
    fn every_named_scope_is_demanded() {
        let scopes = |query: &str| {
            let demanded = scopes(query).ok()?;
            let names: Vec<_> = demanded.iter().map(Scope::as_str).collect();
            Some(names.join(" "))
        };
        let table = [
            ("", Some("inference")),
            ("a=b&&=", Some("inference")),
            ("scope=management", Some("management")),
            (
                "scope=inference&a=b&scope=management",
                Some("inference management"),
            ),
            ("scope=*&scope=%2A&scope=*&scope=*", Some("*")),
            ("scope=inference&scope=openid", Some("inference")),
            ("scope=inferense&scope=inference", None),
            ("scope=openid", None),
            ("scope=", None),
        ];
        for (query, expected) in table {
            assert_eq!(scopes(query).as_deref(), expected, "{query}");
        }
    }
}
