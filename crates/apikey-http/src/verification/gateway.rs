//! `/auth/verify`: verifies a key for a gateway, using only headers.

use super::{admission::admitted, presented, presented_key::PresentedKey};
use crate::{api::Api, error::HttpError, query};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName, HeaderValue},
};
use apikey_domain::verification::{Wanted, WantedScopes, facts::KeyFacts};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

const KEY_ID: HeaderName = HeaderName::from_static("x-auth-key-id");
const CREDENTIAL_ID: HeaderName = HeaderName::from_static("x-auth-credential-id");
const USER_ID: HeaderName = HeaderName::from_static("x-auth-user-id");
const USER_NAME: HeaderName = HeaderName::from_static("x-auth-user-name");
const ORGANIZATION_ID: HeaderName = HeaderName::from_static("x-auth-organization-id");
const SCOPE: HeaderName = HeaderName::from_static("x-auth-scope");

/// The path whose query is the gateway's own.
const PATH: &str = "/auth/verify";

/// `/auth/verify` and any path below it, with any method: returns 200 with the
/// identity of the key, or the reason of the refusal.
pub(crate) async fn verify(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    // Below it the query may be that of the gateway's client.
    if request.match_info().as_str() == PATH {
        query::check_names(request.query_string(), &["scope"])?;
    }
    let required = presented::scopes(request.query_string())?;
    let wanted = Wanted::scopes(WantedScopes::Each(required));
    let wanted = wanted.with_model(presented::model(request.headers())?);
    let prefix = &api.keys.verify.key_prefix;
    let key = PresentedKey::of(request.headers(), &api.key_headers, prefix)?;
    let admission = admitted(&api, &request, key.text().as_deref(), wanted).await?;
    let facts = admission.facts();
    let owner = &facts.owner;
    Ok(admission
        .response()
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header((KEY_ID, HeaderValue::from(facts.id.0)))
        .insert_header((
            CREDENTIAL_ID,
            HeaderValue::from(facts.credential().number.0),
        ))
        .insert_header((USER_ID, HeaderValue::from(owner.user_id.0)))
        .insert_header((USER_NAME, whole(owner.user_name.as_str())))
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

/// The characters that are not percent-encoded, besides letters and digits: those with
/// which nobody separates one value from another.
const PLAIN: [u8; 5] = *b"-._~@";

/// The characters that are percent-encoded.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(PLAIN[0])
    .remove(PLAIN[1])
    .remove(PLAIN[2])
    .remove(PLAIN[3])
    .remove(PLAIN[4]);

/// Returns `text` in characters that no reader takes for the end of a value.
fn whole(text: &str) -> HeaderValue {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || PLAIN.contains(&byte);
    if text.bytes().all(is_plain) {
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
    fn a_name_holds_nothing_that_separates_values() {
        let table = [
            ("alice", "alice"),
            ("alice@example.org", "alice@example.org"),
            (" a b", "%20a%20b"),
            ("100%", "100%25"),
            ("jürgen", "j%C3%BCrgen"),
            ("bob_the-2nd~", "bob_the-2nd~"),
            ("alice,root", "alice%2Croot"),
            ("alice;admin=1", "alice%3Badmin%3D1"),
            ("CORP\\alice", "CORP%5Calice"),
            ("a+b", "a%2Bb"),
            (
                "\"a\"/<b>|{c}&d?'#",
                "%22a%22%2F%3Cb%3E%7C%7Bc%7D%26d%3F%27%23",
            ),
            ("\u{a0}\u{2028}", "%C2%A0%E2%80%A8"),
        ];
        for (name, expected) in table {
            assert_eq!(whole(name), expected);
        }
    }
}
