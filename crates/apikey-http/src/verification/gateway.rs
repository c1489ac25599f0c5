//! `/auth/verify`: the question of a gateway, in headers only.

use super::{decide, presented};
use crate::{
    api::Api,
    error::{HttpError, STALE},
};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{self, HeaderName, HeaderValue},
};
use apikey_domain::{
    error::Forbidden,
    key::scope::Scope,
    use_case::keys::verify::Freshness,
    verification::{Verdict, Wanted, facts::KeyFacts},
};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
use std::sync::Arc;

const KEY_ID: HeaderName = HeaderName::from_static("x-auth-key-id");
const USER_ID: HeaderName = HeaderName::from_static("x-auth-user-id");
const USER_NAME: HeaderName = HeaderName::from_static("x-auth-user-name");
const ORGANIZATION_ID: HeaderName = HeaderName::from_static("x-auth-organization-id");
const SCOPE: HeaderName = HeaderName::from_static("x-auth-scope");

/// Any method, any path below: 200 with who it is, or why not.
pub(crate) async fn verify(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    let wanted = Wanted {
        scopes: presented::scopes(request.query_string())?,
        model: presented::model(request.headers())?,
    };
    let known = admitted(&api, &request, wanted).await?;
    let facts = &known.facts;
    let owner = &facts.owner;
    Ok(known
        .answer()
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

/// A key that was presented, and whether what is known of it may be out of date.
///
/// Of one that is not known nothing is said, not even this.
pub(super) struct Known {
    /// What is known of it.
    pub(super) facts: Arc<KeyFacts>,
    is_stale: bool,
}

// === impl Known ===

impl Known {
    /// The beginning of an answer that says yes.
    pub(super) fn answer(&self) -> HttpResponseBuilder {
        let mut answer = HttpResponse::Ok();
        if self.is_stale {
            answer.insert_header(STALE);
        }
        answer
    }

    /// The refusal of this key.
    pub(super) fn refused(&self, refusal: HttpError) -> HttpError {
        match self.is_stale {
            true => refusal.of_stale_facts(),
            false => refusal,
        }
    }
}

/// The key of a request that may do what is wanted.
///
/// # Errors
///
/// 400, 401, 403 or 503, as `docs/api.md` says.
pub(super) async fn admitted(
    api: &Api,
    request: &HttpRequest,
    wanted: Wanted<'_>,
) -> Result<Known, HttpError> {
    let key = presented::key(request.headers())?.ok_or_else(HttpError::no_key)?;
    let decision = decide(api, &key, wanted, Freshness::Current).await?;
    let Some(facts) = decision.facts else {
        return Err(HttpError::bad_key());
    };
    let is_stale = decision.is_stale;
    let known = Known { facts, is_stale };
    let refusal = match decision.verdict {
        Verdict::Valid => return Ok(known),
        Verdict::ScopeDenied => {
            let lacking = known.facts.scope.lacks(wanted.scopes).unwrap_or(Scope::All);
            HttpError::from(Forbidden::lacking(lacking)).of_insufficient_key()
        }
        Verdict::ModelDenied => HttpError::model_denied(wanted.model.unwrap_or_default()),
        // Why exactly is nobody's business who does not have the right key, and
        // no gateway's.
        Verdict::Malformed
        | Verdict::Unknown
        | Verdict::Mismatch
        | Verdict::Expired
        | Verdict::OwnerInactive => HttpError::bad_key(),
    };
    Err(known.refused(refusal))
}

const EMPTY: HeaderValue = HeaderValue::from_static("");

/// Whatever is not visible ASCII, and what encodes it.
const HIDDEN: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

fn visible(text: &str) -> HeaderValue {
    let is_visible = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'%');
    if is_visible {
        return HeaderValue::from_str(text).unwrap_or(EMPTY);
    }
    let encoded = percent_encode(text.as_bytes(), HIDDEN).to_string();
    HeaderValue::try_from(encoded).unwrap_or(EMPTY)
}

/// The scopes of the key, separated by spaces.
fn scopes(facts: &KeyFacts) -> HeaderValue {
    let mut scopes = facts.scope.iter();
    let Some(first) = scopes.next() else {
        return EMPTY;
    };
    // Most keys have one, whose name is a constant.
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
    fn a_name_is_visible_ascii_in_a_header() {
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
