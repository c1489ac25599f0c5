//! `/token-auth`: the endpoint that GPUStack has for its gateway.

use super::{admission::admitted, presented, presented_key};
use crate::{api::Api, error::HttpError};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
};
use apikey_domain::{gpustack::Scope, key::token::PresentedKey, verification::Wanted};

const CONSUMER: HeaderName = HeaderName::from_static("x-mse-consumer");

/// `GET /token-auth`: returns the name of the consumer if the key has the
/// inference scope and allows the model.
pub(crate) async fn verify(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    let model = presented::model(request.headers())?;
    let wanted = Wanted::scope(Scope::Inference).with_model(model);
    let presented = presented_key::PresentedKey::standard(request.headers())?;
    let text = presented.text().unwrap_or_default();
    let admission = admitted(&api, request.headers(), presented.text().as_deref(), wanted).await?;
    let facts = admission.facts();
    if model.is_none() && !facts.allowed_model_names.allows_every_model() {
        return Err(admission.refused(HttpError::bad_request("Missing 'model' field")));
    }
    let key = PresentedKey::parse(&api.keys.verify.key_prefix, &text);
    let consumer = format!(
        "{}.gpustack-{}",
        key.plain_access_key(),
        facts.owner.user_id
    );
    Ok(admission
        .response()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((CONSUMER, consumer))
        .finish())
}
