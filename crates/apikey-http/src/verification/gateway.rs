//! `/auth/verify`: verifies a key for a gateway, using only headers.

use super::{admission::admitted, presented, presented_key::PresentedKey};
use crate::{api::Api, error::HttpError};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName, HeaderValue},
};
use apikey_domain::verification::{Wanted, facts::KeyFacts};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

const KEY_ID: HeaderName = HeaderName::from_static("x-auth-key-id");
const USER_ID: HeaderName = HeaderName::from_static("x-auth-user-id");
const USER_NAME: HeaderName = HeaderName::from_static("x-auth-user-name");
const ORGANIZATION_ID: HeaderName = HeaderName::from_static("x-auth-organization-id");
const SCOPE: HeaderName = HeaderName::from_static("x-auth-scope");

/// `/auth/verify` and any path below it, with any method: returns 200 with the
/// identity of the key, or the reason of the refusal.
pub(crate) async fn verify(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    let wanted = Wanted {
        scopes: presented::scopes(request.query_string())?,
        model: presented::model(request.headers())?,
    };
    let prefix = &api.keys.verify.key_prefix;
    let key = PresentedKey::of(request.headers(), &api.key_headers, prefix)?;
    let known = admitted(&api, key.text().as_deref(), wanted).await?;
    let facts = &known.facts;
    let owner = &facts.owner;
    Ok(known
        .response()
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((KEY_ID, HeaderValue::from(facts.id.0)))
        .insert_header((USER_ID, HeaderValue::from(owner.user_id.0)))
        .insert_header((USER_NAME, visible(owner.user_name.as_str())))
        .insert_header((
            ORGANIZATION_ID,
            owner
                .organization_id
                .map_or(EMPTY, |id| HeaderValue::from(id.0)),
        ))
        .insert_header((SCOPE, scopes(facts)))
        .finish())
}

const EMPTY: HeaderValue = HeaderValue::from_static("");

/// The characters that are percent-encoded: all but visible ASCII, and `%`.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// Returns `text` as visible ASCII.
fn visible(text: &str) -> HeaderValue {
    let is_visible = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'%');
    if is_visible {
        return HeaderValue::from_str(text).unwrap_or(EMPTY);
    }
    let encoded = percent_encode(text.as_bytes(), ENCODED).to_string();
    HeaderValue::try_from(encoded).unwrap_or(EMPTY)
}

/// Returns the scopes of a key, separated by spaces.
fn scopes(facts: &KeyFacts) -> HeaderValue {
    let mut scopes = facts.scope.iter();
    let Some(first) = scopes.next() else {
        return EMPTY;
    };
    // Most keys have one scope, whose name is a constant.
    let Some(second) = scopes.next() else {
        return HeaderValue::from_static(first.as_str());
    };
    let names = [first, second].into_iter().chain(scopes);
    let names: Vec<_> = names.map(|scope| scope.as_str()).collect();
    HeaderValue::try_from(names.join(" ")).unwrap_or(EMPTY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_encoded_as_visible_ascii() {
        let table = [
            ("alice", "alice"),
            ("alice@example.org", "alice@example.org"),
            (" a b", "%20a%20b"),
            ("100%", "100%25"),
            ("jürgen", "j%C3%BCrgen"),
        ];
        for (name, expected) in table {
            assert_eq!(visible(name), expected);
        }
    }
}
