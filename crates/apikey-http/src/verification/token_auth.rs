//! `/token-auth`: the endpoint that GPUStack has for its gateway.

use super::{admission::admitted, presented, presented_key};
use crate::{
    api::Api,
    authentication::{self, credentials::Credentials},
    client_address::address_of,
    error::HttpError,
    observation::caller::note_caller,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderName},
};
use apikey_domain::{gpustack::Scope, key::token::PresentedKey, verification::Wanted};

const CONSUMER: HeaderName = HeaderName::from_static("x-mse-consumer");

/// `GET /token-auth`: returns the name of the consumer if the key has the
/// inference scope and allows the model. Whoever comes with a password or a session may
/// use every model.
pub(crate) async fn verify(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    if Credentials::of(request.headers()).is_of_person() {
        return person(&request, &api).await;
    }
    let model = presented::model(request.headers())?;
    let wanted = Wanted::scope(Scope::Inference).with_model(model);
    let presented = presented_key::PresentedKey::standard(request.headers())?;
    let text = presented.text().unwrap_or_default();
    let admission = admitted(&api, &request, presented.text().as_deref(), wanted).await?;
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

/// Returns the name of a consumer who came without a key.
async fn person(request: &HttpRequest, api: &Api) -> Result<HttpResponse, HttpError> {
    let address = address_of(request, api);
    let caller = authentication::caller(request, api, address).await?;
    note_caller(request, &caller);
    caller.require_scope(Scope::Inference)?;
    let consumer = format!("gpustack-{}", caller.user().id);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((CONSUMER, consumer))
        .finish())
}
