//! Which keys gateways let through.

use super::decide;
use crate::{
    api::Api,
    error::{HttpError, STALE_HEADER},
};
use actix_web::{HttpResponse, HttpResponseBuilder};
use apikey_domain::{
    error::Forbidden,
    key::scope::Scope,
    use_case::keys::verify::Freshness,
    verification::{Verdict, Wanted, facts::KeyFacts},
};
use std::sync::Arc;

/// A key that was presented and is right, and whether its data may be stale.
///
/// A response about any other key reveals nothing, not even whether it is stale.
pub(super) struct Known {
    /// The data of the key.
    pub(super) facts: Arc<KeyFacts>,
    is_stale: bool,
}

/// Returns the key that was presented if it allows what is wanted.
///
/// # Errors
///
/// 400, 401, 403 or 503, as documented in `docs/api.md`.
pub(super) async fn admitted(
    api: &Api,
    key: Option<&str>,
    wanted: Wanted<'_>,
) -> Result<Known, HttpError> {
    let key = key.ok_or_else(HttpError::no_key)?;
    let decision = decide(api, key, wanted, Freshness::Current).await?;
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
        // Neither a client without the right key nor a gateway learns the exact
        // reason.
        Verdict::Malformed
        | Verdict::Unknown
        | Verdict::Mismatch
        | Verdict::Expired
        | Verdict::OwnerInactive => HttpError::bad_key(),
    };
    Err(known.refused(refusal))
}

// === impl Known ===

impl Known {
    /// Returns a builder of the response that admits this key.
    pub(super) fn response(&self) -> HttpResponseBuilder {
        let mut response = HttpResponse::Ok();
        if self.is_stale {
            response.insert_header(STALE_HEADER);
        }
        response
    }

    /// Returns the refusal of this key, marked if it is based on stale data.
    pub(super) fn refused(&self, refusal: HttpError) -> HttpError {
        if self.is_stale {
            refusal.of_stale_facts()
        } else {
            refusal
        }
    }
}
