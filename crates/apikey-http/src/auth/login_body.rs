//! The body of a sign-in: a form, as browsers send it, or JSON.

use super::form;
use crate::{
    body::{Body, OtherFields, RequestBody, field::password},
    error::HttpError,
};
use actix_web::{HttpRequest, http::header};
use apikey_domain::identity::password::PlainPassword;
use serde::Deserialize;
use utoipa::ToSchema;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[schema(as = Login)]
pub(super) struct Login {
    pub(super) username: String,
    #[serde(deserialize_with = "password")]
    #[schema(value_type = String, format = Password)]
    pub(super) password: PlainPassword,
}

impl RequestBody for Login {
    const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
}

/// Reads the body as its content type says: a form, or else JSON.
///
/// # Errors
///
/// Those of [`Body::json`]; 415 for a form of the other kind; 422 for a form that is not
/// UTF-8.
pub(super) async fn read(request: &HttpRequest, body: Body) -> Result<Login, HttpError> {
    let value = request.headers().get(header::CONTENT_TYPE);
    let value = value.map_or(&b""[..], |value| value.as_bytes());
    let essence = value.split(|byte| *byte == b';').next().unwrap_or_default();
    let essence = essence.trim_ascii();
    if essence.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        let bytes = body.bytes().await?;
        return Ok(Login {
            username: form::text(&bytes, "username")?.to_string(),
            password: PlainPassword::new(&*form::text(&bytes, "password")?),
        });
    }
    if essence.eq_ignore_ascii_case(b"multipart/form-data") {
        let message = "The body must be application/x-www-form-urlencoded or application/json";
        return Err(HttpError::unsupported_media_type(message));
    }
    body.json().await
}
