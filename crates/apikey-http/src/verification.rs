//! The endpoints with which backends and gateways verify keys.

mod admission;
pub(crate) mod backend;
mod body;
pub(crate) mod described;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub(crate) mod gateway;
mod key_forms;
mod presented;
mod presented_key;
pub(crate) mod token_auth;
mod view;

use crate::{
    api::Api, error::HttpError, metrics::VALID, refusal_delay::RefusalDelay, request_id::RequestId,
};
use apikey_domain::{
    identity::sign_in::Network,
    use_case::keys::verify::{Freshness, verify_from},
    verification::{Check, Decision, Wanted},
};

/// The valid values of a required scope.
pub(crate) const SCOPE_RULE: &str = "must be 'inference', 'management' or '*'";

/// Verifies a key, and counts and logs the decision with its exact reason: a refusal with
/// the id of the request, and the check that a right key did not pass.
async fn decide(
    api: &Api,
    (request, network): (&RequestId<'_>, Network),
    text: &str,
    wanted: Wanted<'_>,
    freshness: Freshness,
) -> Result<Decision, HttpError> {
    let refusal_delay = RefusalDelay::begin();
    let decided = verify_from(&api.keys.verify, text, network, wanted, freshness).await;
    if let Some(metrics) = &api.metrics {
        metrics.verified(decided.as_ref().ok(), refusal_delay.elapsed());
    }
    let decision = decided?;
    match &decision {
        Ok(verified) => {
            let (is_stale, key_id) = (verified.is_stale(), verified.key().id().0);
            tracing::debug!(code = VALID, is_stale, key_id, "verified");
        }
        Err(refused) => {
            let (code, is_stale) = (refused.reason().as_str(), refused.is_stale());
            let key_id = refused.key().map(|key| key.id().0);
            let check = refused.check().map(Check::as_str);
            let request_id = request.as_str();
            tracing::debug!(code, is_stale, key_id, check, request_id, "refused");
            if key_id.is_none() {
                refusal_delay.wait().await;
            }
        }
    }
    Ok(decision)
}
