//! `POST /v2/api-keys/verify`: verifies keys for a backend.

use super::{
    body::{VerifyBody, VerifyRequest, VerifyRequests},
    decide,
    view::{DecisionView, DecisionsView},
};
use crate::{api::Api, body::Body, error::HttpError, response, tenant::Tenant};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
};
use apikey_domain::{
    key::scope::ScopeSet,
    use_case::keys::verify::Freshness,
    verification::{Decision, Wanted},
};
use futures_util::future::try_join_all;

/// Verifies one key, or up to 100 with the decisions in their order.
pub(crate) async fn verify(
    tenant: Tenant,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let freshness = freshness(request.headers());
    match VerifyRequests::try_from(body.json::<VerifyBody>().await?)? {
        VerifyRequests::One(one) => {
            let decision = verify_one(&tenant.api, &one, freshness).await?;
            response::json(&DecisionView::from(&decision))
        }
        VerifyRequests::Batch(batch) => {
            let all = batch
                .iter()
                .map(|one| verify_one(&tenant.api, one, freshness));
            let decisions = try_join_all(all).await?;
            let items = decisions.iter().map(DecisionView::from).collect();
            response::json(&DecisionsView { items })
        }
    }
}

async fn verify_one(
    api: &Api,
    request: &VerifyRequest,
    freshness: Freshness,
) -> Result<Decision, HttpError> {
    let wanted = Wanted {
        scopes: request.scope.map_or(ScopeSet::NONE, ScopeSet::from),
        model: request.model.as_deref(),
    };
    decide(api, &request.key, wanted, freshness).await
}

/// Returns whether `Cache-Control: no-cache` requests a decision from the
/// database.
fn freshness(headers: &HeaderMap) -> Freshness {
    let mut values = headers.get_all(header::CACHE_CONTROL);
    let is_no_cache = values.any(|value| {
        let value = value.as_bytes().to_ascii_lowercase();
        value
            .split(|byte| *byte == b',')
            .any(|directive| directive.trim_ascii() == b"no-cache")
    });
    if is_no_cache {
        Freshness::FromStore
    } else {
        Freshness::Current
    }
}
