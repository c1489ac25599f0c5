//! The parts of the original request that a gateway forwards, except the key.

use super::SCOPE_RULE;
use crate::error::HttpError;
use actix_web::http::header::{HeaderMap, HeaderName};
use apikey_domain::{
    gpustack::{Scope, ScopeSet},
    invalid::Invalid,
};
use percent_encoding::percent_decode_str;

const X_MODEL: HeaderName = HeaderName::from_static("x-model");
const X_HIGRESS_LLM_MODEL: HeaderName = HeaderName::from_static("x-higress-llm-model");

/// Returns the model from `X-Model` or `x-higress-llm-model`.
///
/// # Errors
///
/// 400 if the request names two different models, or one that is not UTF-8.
pub(super) fn model(headers: &HeaderMap) -> Result<Option<&str>, HttpError> {
    let named = headers
        .get_all(X_MODEL)
        .chain(headers.get_all(X_HIGRESS_LLM_MODEL));
    let model = only(named.map(|value| value.as_bytes()))
        .ok_or_else(|| HttpError::bad_request("The request names two different models"))?;
    let not_text = |_| HttpError::bad_request("The name of the model is not UTF-8");
    model.map(std::str::from_utf8).transpose().map_err(not_text)
}

/// Returns the value that all non-empty values share, or `Some(None)` if there is
/// none; `None` if two of them differ.
fn only<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Option<Option<&'a [u8]>> {
    let first = values.find(|value| !value.is_empty());
    let is_same = |value: &[u8]| value.is_empty() || Some(value) == first;
    values.all(is_same).then_some(first)
}

/// Returns the scopes that a query requires: all that it names, or `inference` if
/// it names none.
///
/// Some gateways append the query of their client, which must not replace the
/// gateway's requirement by another. So the first scope is the gateway's own. Any
/// other valid scope is required, too; an invalid one may be a parameter of the
/// client's request and is ignored.
///
/// # Errors
///
/// 422 if the first is not a valid scope.
pub(super) fn scopes(query: &str) -> Result<ScopeSet, HttpError> {
    let named = query
        .split('&')
        .filter_map(|parameter| parameter.strip_prefix("scope="));
    let mut required = ScopeSet::NONE;
    for (index, name) in named.enumerate() {
        match scope(name) {
            Ok(scope) => required = required.with(scope),
            Err(_) if index > 0 => {}
            Err(_) => {
                return Err(HttpError::invalid_parameter("scope", SCOPE_RULE));
            }
        }
    }
    Ok(match required {
        ScopeSet::NONE => Scope::Inference.into(),
        required => required,
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
    fn two_different_models_are_refused() {
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
    fn every_named_scope_is_required() {
        let scopes = |query: &str| {
            let required = scopes(query).ok()?;
            let names: Vec<_> = required.iter().map(Scope::as_str).collect();
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
