//! The endpoints with which backends and gateways verify keys.

mod admission;
pub(crate) mod backend;
mod body;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
pub(crate) mod gateway;
mod key_forms;
mod presented;
mod presented_key;
pub(crate) mod token_auth;
mod view;

use crate::{api::Api, error::HttpError, metrics::VALID, refusal_delay::RefusalDelay};
use apikey_domain::{
    use_case::keys::verify::{Freshness, verify},
    verification::{Decision, Wanted},
};

/// The valid values of a required scope.
pub(crate) const SCOPE_RULE: &str = "must be 'inference', 'management' or '*'";

/// Verifies a key, and counts and logs the decision with its exact reason.
async fn decide(
    api: &Api,
    text: &str,
    wanted: Wanted<'_>,
    freshness: Freshness,
) -> Result<Decision, HttpError> {
    let refusal_delay = RefusalDelay::begin();
    let decided = verify(&api.keys.verify, text, wanted, freshness).await;
    if let Some(metrics) = &api.metrics {
        metrics.verified(decided.as_ref().ok());
    }
    let decision = decided?;
    let (code, is_stale, key) = match &decision {
        Ok(verified) => (VALID, verified.is_stale(), Some(verified.key())),
        Err(refused) => {
            let code = refused.reason().as_str();
            (code, refused.is_stale(), refused.key())
        }
    };
    let key_id = key.map(|key| key.id().0);
    tracing::debug!(code, is_stale, key_id, "verified");
    if key.is_none() {
        refusal_delay.wait().await;
    }
    Ok(decision)
}
