//! Which keys gateways let through.

use super::decide;
use crate::{
    api::Api,
    client_address::network_of,
    error::{HttpError, STALE_HEADER},
    observation::caller::note_key,
    request_id::RequestId,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use apikey_domain::{
    error::Forbidden,
    gpustack::Scope,
    use_case::keys::verify::Freshness,
    verification::{Reason, Verified, Wanted, facts::KeyFacts},
};

/// A key that was presented and allows what is wanted.
pub(super) struct Admitted(Verified);

/// Returns the key that was presented if it allows what is wanted.
///
/// # Errors
///
/// 400, 401, 403 or 503, as documented in `docs/api.md`.
pub(super) async fn admitted(
    api: &Api,
    from: &HttpRequest,
    key: Option<&str>,
    wanted: Wanted<'_>,
) -> Result<Admitted, HttpError> {
    let key = key.ok_or_else(HttpError::no_key)?;
    let request = RequestId::of(from.headers(), &*api.keys.secrets);
    let by = (&request, network_of(from, api));
    let refused = match decide(api, by, key, wanted, Freshness::Current).await? {
        Ok(verified) => {
            note_key(from, verified.key());
            return Ok(Admitted(verified));
        }
        Err(refused) => refused,
    };
    if let Some(key) = refused.key() {
        note_key(from, key);
    }
    let refusal = match refused.reason() {
        Reason::ScopeDenied => {
            let lacking = refused.lacking_scope().unwrap_or(Scope::All);
            HttpError::from(Forbidden::lacking(lacking)).of_insufficient_key()
        }
        Reason::ModelDenied => HttpError::model_denied(wanted.model().unwrap_or_default()),
        // Neither a client without the right key nor a gateway learns the exact
        // reason.
        _ => HttpError::bad_key(),
    };
    // A response about what is not the right key reveals nothing, not even whether it is
    // stale.
    let is_stale = refused.is_stale() && refused.key().is_some();
    Err(marked(refusal.of_request(request.get().clone()), is_stale))
}

/// Returns the refusal, marked if it is based on stale data.
fn marked(refusal: HttpError, is_stale: bool) -> HttpError {
    if is_stale {
        refusal.of_stale_facts()
    } else {
        refusal
    }
}

// === impl Admitted ===

impl Admitted {
    /// Returns the data of the key.
    pub(super) fn facts(&self) -> &KeyFacts {
        self.0.facts()
    }

    /// Returns a builder of the response that admits this key.
    pub(super) fn response(&self) -> HttpResponseBuilder {
        let mut response = HttpResponse::Ok();
        if self.0.is_stale() {
            response.insert_header(STALE_HEADER);
        }
        response
    }

    /// Returns the refusal of this key, marked if it is based on stale data.
    pub(super) fn refused(&self, refusal: HttpError) -> HttpError {
        marked(refusal, self.0.is_stale())
    }
}
