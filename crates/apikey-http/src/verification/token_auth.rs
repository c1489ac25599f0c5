//! `/token-auth`: the endpoint that GPUStack has for its gateway.

use super::{admission::admitted, presented, presented_key};
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

/// `GET /token-auth`: returns the name of the consumer if the key has the
/// inference scope and allows the model.
pub(crate) async fn verify(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    let wanted = Wanted {
        scopes: Scope::Inference.into(),
        model: presented::model(request.headers())?,
    };
    let presented = presented_key::PresentedKey::standard(request.headers())?;
    let text = presented.text().unwrap_or_default();
    let known = admitted(&api, presented.text().as_deref(), wanted).await?;
    let facts = &known.facts;
    if wanted.model.is_none() && !facts.allowed_model_names.allows_every_model() {
        return Err(known.refused(HttpError::bad_request("Missing 'model' field")));
    }
    let key = PresentedKey::parse(&api.keys.verify.key_prefix, &text);
    let consumer = format!(
        "{}.gpustack-{}",
        key.plain_access_key(),
        facts.owner.user_id
    );
    Ok(known
        .response()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((CONSUMER, consumer))
        .finish())
}
