//! Requests that verify keys for the fuzz targets.

use super::{
    body::{VerifyBody, VerifyRequest, VerifyRequests},
    presented,
    presented_key::PresentedKey,
};
use crate::{body::fuzzing::json, error::HttpError, fuzzing::headers::headers};
use actix_web::ResponseError;
use apikey_domain::{
    gpustack::{Scope, ScopeSet},
    key::token::KeyPrefix,
};

/// A key to verify, and what it must allow.
#[derive(Debug, PartialEq, Eq)]
pub struct Verification {
    /// The key.
    pub key: String,
    /// The scope that it must have.
    pub scope: Option<Scope>,
    /// The model that it must allow.
    pub model: Option<String>,
}

/// What a gateway presents, or the status of the refusal.
pub type Presented = Result<Option<String>, u16>;

/// Reads a body that verifies one key, or several (`true`).
///
/// # Errors
///
/// The status of the refusal.
pub fn verify(bytes: &[u8]) -> Result<(bool, Vec<Verification>), u16> {
    let body = json::<VerifyBody>(bytes).map_err(status)?;
    let (is_batch, requests) = match VerifyRequests::try_from(body).map_err(status)? {
        VerifyRequests::One(request) => (false, vec![request]),
        VerifyRequests::Batch(requests) => (true, requests),
    };
    Ok((is_batch, requests.into_iter().map(verification).collect()))
}

/// Reads the key and the model that a gateway presents; `None` if no request can have
/// such headers.
pub fn presented(fields: &[(&str, &[u8])]) -> Option<(Presented, Presented)> {
    let headers = headers(fields)?;
    let key = PresentedKey::standard(&headers);
    let key = key.map(|key| key.text().map(|key| key.into_owned()));
    let model = presented::model(&headers).map(|model| model.map(str::to_owned));
    Some((key.map_err(status), model.map_err(status)))
}

/// Reads the key that a gateway presents in one of the headers that a setting names,
/// separated by commas; `None` if no request can have these headers, or no setting that
/// text.
pub fn presented_in(fields: &[(&str, &[u8])], setting: &str) -> Option<Presented> {
    let (headers, places) = (headers(fields)?, setting.parse().ok()?);
    let key = PresentedKey::of(&headers, &places, &KeyPrefix::default());
    let key = key.map(|key| key.text().map(|key| key.into_owned()));
    Some(key.map_err(status))
}

/// Reads the scopes that the query of a gateway requires.
///
/// # Errors
///
/// The status of the refusal.
pub fn scopes(query: &str) -> Result<ScopeSet, u16> {
    presented::scopes(query).map_err(status)
}

fn verification(request: VerifyRequest) -> Verification {
    Verification {
        key: request.key.as_str().to_owned(),
        scope: request.scope,
        model: request.model,
    }
}

fn status(error: HttpError) -> u16 {
    error.status_code().as_u16()
}
