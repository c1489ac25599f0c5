//! `/token-auth`: GPUStack's own call for its gateway.

use super::{gateway::admitted, presented};
use crate::{api::Api, error::HttpError};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
};
use apikey_domain::{
    key::{scope::Scope, token::PresentedKey},
    verification::Wanted,
};

const CONSUMER: HeaderName = HeaderName::from_static("x-mse-consumer");

/// `GET /token-auth`: names the consumer, for a key that may use the models.
pub(crate) async fn verify(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    let wanted = Wanted {
        scopes: Scope::Inference.into(),
        model: presented::model(request.headers())?,
    };
    let known = admitted(&api, &request, wanted).await?;
    let facts = &known.facts;
    if wanted.model.is_none() && !facts.allowed_model_names.allows_every_model() {
        return Err(known.refused(HttpError::bad_request("Missing 'model' field")));
    }
    let text = presented::key(request.headers())?.unwrap_or_default();
    let key = PresentedKey::parse(&api.keys.verify.key_prefix, &text);
    let consumer = format!("{}.gpustack-{}", key.access_key(), facts.owner.user_id);
    Ok(known
        .answer()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((CONSUMER, consumer))
        .finish())
}
