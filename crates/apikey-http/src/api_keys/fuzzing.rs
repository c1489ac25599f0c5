//! Bodies and headers of requests about keys for the fuzz targets.

use super::{
    body::{CreateApiKeyBody, UpdateApiKeyBody},
    patch::PatchApiKeyBody,
    revocation::RevokeBody,
    rotation::RotateBody,
};
use crate::{body::fuzzing::json, error::HttpError, fuzzing::headers::headers, watch};
use actix_web::ResponseError;
use apikey_domain::{
    Invalid,
    key::{changes::ApiKeyChanges, revocation::NewRevocation},
    use_case::keys::{
        create_api_key::CreateApiKey, rotate_api_key::RotateApiKey, watch_api_keys::Since,
    },
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

/// Reads the body that changes a key in part.
///
/// # Errors
///
/// The status of the refusal.
pub fn patch(bytes: &[u8]) -> Result<ApiKeyChanges, u16> {
    let read = json::<PatchApiKeyBody>(bytes).map_err(status)?;
    read.try_into().map_err(status)
}

/// Reads the body that revokes a key.
///
/// # Errors
///
/// The status of the refusal.
pub fn revoke(bytes: &[u8]) -> Result<NewRevocation, u16> {
    let read = json::<RevokeBody>(bytes).map_err(status)?;
    read.try_into()
        .map_err(|invalid: Invalid| status(invalid.into()))
}

/// Reads the body that rotates a key.
///
/// # Errors
///
/// The status of the refusal.
pub fn rotate(bytes: &[u8]) -> Result<RotateApiKey, u16> {
    let read = json::<RotateBody>(bytes).map_err(status)?;
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
