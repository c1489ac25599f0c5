//! `POST /v2/api-keys/verify`: verifies keys for a backend.

use super::{
    body::{VerifyBody, VerifyRequest, VerifyRequests},
    decide,
    view::DecisionView,
};
use crate::{
    api::Api,
    body::Body,
    client_address::network_of,
    error::HttpError,
    late_answer::check_if_late,
    list_answer::{self, Entries},
    request_id::{REQUEST_ID, RequestId},
    response::{self, write_json},
    tenant::Tenant,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
};
use apikey_domain::{
    Error,
    identity::sign_in::Network,
    use_case::keys::verify::Freshness,
    verification::{Decision, Wanted},
};
use futures_util::stream::{self, StreamExt, TryStreamExt};

/// How many keys of a request are verified at once: fewer than may wait for a slow digest.
const AT_ONCE: usize = 8;

/// Verifies one key, or up to 100 with the decisions in their order.
pub(crate) async fn verify(
    tenant: Tenant,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let freshness = freshness(request.headers());
    let id = RequestId::of(request.headers(), &*tenant.api.keys.secrets);
    let by = (&id, network_of(&request, &tenant.api));
    let mut response = verify_all(&tenant, by, freshness, body).await?;
    check_if_late(&tenant).await?;
    if let Some(id) = id.used() {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    Ok(response)
}

async fn verify_all(
    tenant: &Tenant,
    by: (&RequestId<'_>, Network),
    freshness: Freshness,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    match VerifyRequests::try_from(body.json::<VerifyBody>().await?)? {
        VerifyRequests::One(one) => {
            let decision = verify_one(&tenant.api, by, &one, freshness).await?;
            response::json(&DecisionView::from(&decision))
        }
        VerifyRequests::Batch(batch) => {
            let account = tenant.api.large_answers.verifications.account();
            let all = batch.iter().map(async |one| {
                let decision = verify_one(&tenant.api, by, one, freshness).await?;
                // What is known of the key is not kept until all are decided.
                let mut item = Vec::new();
                write_json(&mut item, &DecisionView::from(&decision))?;
                account.add(item.len())?;
                Ok::<_, HttpError>(item)
            });
            let items = stream::iter(all).buffered(AT_ONCE);
            let items: Vec<Vec<u8>> = items.try_collect().await?;
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
    by: (&RequestId<'_>, Network),
    request: &VerifyRequest,
    freshness: Freshness,
) -> Result<Decision, HttpError> {
    let wanted = request
        .scope
        .map_or_else(Wanted::whatever_scope, Wanted::scope);
    let wanted = wanted.with_model(request.model.as_deref());
    decide(api, by, &request.key, wanted, freshness).await
}

/// Returns whether `Cache-Control` requests a decision from the database.
fn freshness(headers: &HeaderMap) -> Freshness {
    let values = headers.get_all(header::CACHE_CONTROL);
    let mut directives = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    if directives.any(wants_nothing_stored) {
        Freshness::FromStore
    } else {
        Freshness::Current
    }
}

/// Returns whether a directive is `no-cache` or `no-store`, with any argument, or
/// `max-age=0`.
fn wants_nothing_stored(directive: &[u8]) -> bool {
    let mut parts = directive.splitn(2, |byte| *byte == b'=');
    let name = parts.next().unwrap_or_default().trim_ascii();
    let is_named = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
    let is_zero = |age: &[u8]| {
        let age = age.trim_ascii();
        age.contains(&b'0') && age.iter().all(|byte| matches!(byte, b'0' | b'"'))
    };
    is_named("no-cache")
        || is_named("no-store")
        || (is_named("max-age") && parts.next().is_some_and(is_zero))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn what_must_not_come_from_a_cache_comes_from_the_store() {
        let table: [(&[&'static str], bool); 16] = [
            (&[], false),
            (&[""], false),
            (&["no-cache"], true),
            (&["no-store"], true),
            (&["No-Store"], true),
            (&["NO-CACHE"], true),
            (&["max-age=60, no-store"], true),
            (&["no-transform ,\tno-cache ,"], true),
            (&["no-transform", "no-store"], true),
            (&["no-cache=\"a\""], true),
            (&["max-age=0"], true),
            (&["Max-Age = \"0\""], true),
            (&["max-age=60"], false),
            (&["max-age", "max-age=, max-age=\"\""], false),
            (&["no-stores, no-cached, xno-cache"], false),
            (&["only-if-cached"], false),
        ];
        for (values, expected) in table {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CACHE_CONTROL, HeaderValue::from_static(value));
            }
            let is_from_store = matches!(freshness(&headers), Freshness::FromStore);
            assert_eq!(is_from_store, expected, "{values:?}");
        }
    }
}
