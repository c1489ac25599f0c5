//! Bodies and headers of requests about keys for the fuzz targets.

use super::{
    body::{CreateApiKeyBody, UpdateApiKeyBody},
    watch,
};
use crate::{body::fuzzing::json, error::HttpError, fuzzing::headers::headers};
use actix_web::ResponseError;
use apikey_domain::{
    Invalid,
    key::changes::ApiKeyChanges,
    use_case::keys::{create_api_key::CreateApiKey, watch_api_keys::Since},
};

/// Reads the body that creates a key.
///
/// # Errors
///
/// The status of the refusal.
pub fn create(bytes: &[u8]) -> Result<CreateApiKey, u16> {
    let read = json::<CreateApiKeyBody>(bytes).map_err(status)?;
    read.try_into()
        .map_err(|invalid: Invalid| status(invalid.into()))
}

/// Reads the body that updates a key.
///
/// # Errors
///
/// The status of the refusal.
pub fn update(bytes: &[u8]) -> Result<ApiKeyChanges, u16> {
    let read = json::<UpdateApiKeyBody>(bytes).map_err(status)?;
    read.try_into()
        .map_err(|invalid: Invalid| status(invalid.into()))
}

/// Reads the position from which a client resumes; `None` if no request can have such
/// a header.
pub fn since(last_event_id: &[u8]) -> Option<Option<Since>> {
    headers(&[("last-event-id", last_event_id)]).map(|headers| watch::since(&headers))
}

fn status(error: HttpError) -> u16 {
    error.status_code().as_u16()
}
