//! `POST /v2/api-keys/verify`: the questions of a backend.

use super::{
    body::{Question, Questions, VerifyBody},
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

/// Answers one question, or up to 100 in their order.
pub(crate) async fn verify(
    tenant: Tenant,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let freshness = freshness(request.headers());
    match Questions::try_from(body.json::<VerifyBody>().await?)? {
        Questions::One(question) => {
            let decision = answered(&tenant.api, &question, freshness).await?;
            response::json(&DecisionView::from(&decision))
        }
        Questions::Several(questions) => {
            let all = questions
                .iter()
                .map(|question| answered(&tenant.api, question, freshness));
            let decisions = try_join_all(all).await?;
            let items = decisions.iter().map(DecisionView::from).collect();
            response::json(&DecisionsView { items })
        }
    }
}

async fn answered(
    api: &Api,
    question: &Question,
    freshness: Freshness,
) -> Result<Decision, HttpError> {
    let wanted = Wanted {
        scopes: question.scope.map_or(ScopeSet::NONE, ScopeSet::from),
        model: question.model.as_deref(),
    };
    decide(api, &question.key, wanted, freshness).await
}

/// `Cache-Control: no-cache` wants an answer from the database.
fn freshness(headers: &HeaderMap) -> Freshness {
    let mut values = headers.get_all(header::CACHE_CONTROL);
    let is_wanted = values.any(|value| {
        let value = value.as_bytes().to_ascii_lowercase();
        value
            .split(|byte| *byte == b',')
            .any(|directive| directive.trim_ascii() == b"no-cache")
    });
    match is_wanted {
        true => Freshness::FromStore,
        false => Freshness::Current,
    }
}
