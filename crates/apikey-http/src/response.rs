//! Answers that say yes.

use crate::error::HttpError;
use actix_web::{HttpResponse, http::header};
use serde::Serialize;

/// Answers 200 with `view` as JSON.
pub(crate) fn json(view: &impl Serialize) -> Result<HttpResponse, HttpError> {
    json_in(Vec::with_capacity(512), view)
}

/// Answers 200 with `view` as JSON, written into `buffer`.
///
/// A buffer with room for the whole is never moved, so that a secret in `view`
/// is written once.
pub(crate) fn json_in(
    mut buffer: Vec<u8>,
    view: &impl Serialize,
) -> Result<HttpResponse, HttpError> {
    write_json(&mut buffer, view)?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(buffer))
}

/// Appends `view` as JSON to `buffer`.
pub(crate) fn write_json(buffer: &mut Vec<u8>, view: &impl Serialize) -> Result<(), HttpError> {
    serde_json::to_writer(buffer, view).map_err(|error| HttpError::internal(Box::new(error)))
}
