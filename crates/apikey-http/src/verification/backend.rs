//! `POST /v2/api-keys/verify`: verifies keys for a backend.

use super::{
    body::{VerifyBody, VerifyRequest, VerifyRequests},
    decide,
    view::DecisionView,
};
use crate::{
    api::Api,
    body::Body,
    error::HttpError,
    list_answer::{self, Entries},
    response::{self, write_json},
    tenant::Tenant,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
};
use apikey_domain::{
    Error,
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
            let account = tenant.api.large_answers.verifications.account();
            let all = batch.iter().map(async |one| {
                let decision = verify_one(&tenant.api, one, freshness).await?;
                // What is known of the key is not kept until all are decided.
                let mut item = Vec::new();
                write_json(&mut item, &DecisionView::from(&decision))?;
                account.add(item.len())?;
                Ok::<_, HttpError>(item)
            });
            let items = try_join_all(all).await?;
            match account.close() {
                None => list_answer::whole(Decisions, items),
                Some(share) => Ok(list_answer::stream(Decisions, items, share, None)),
            }
        }
    }
}

/// Decisions, all of which have been made and written as JSON.
struct Decisions;

impl Entries for Decisions {
    type Entry = Vec<u8>;

    async fn next(&mut self) -> Result<Vec<Vec<u8>>, Error> {
        Ok(Vec::new())
    }

    fn is_last(&self) -> bool {
        true
    }

    fn write(&self, buffer: &mut Vec<u8>, item: &Vec<u8>) -> Result<(), HttpError> {
        buffer.extend_from_slice(item);
        Ok(())
    }

    fn write_end(&self, _: &mut Vec<u8>, _: u64) -> Result<(), HttpError> {
        Ok(())
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
