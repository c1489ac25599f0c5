//! What those who run the service ask: whether it serves, which build it is, and
//! its metrics.

use crate::{
    api::Api,
    authentication::{PlatformAdmin, SignedIn},
    error::HttpError,
    response,
};
use actix_web::{HttpRequest, HttpResponse, http::header};
use apikey_domain::{Error, error::Cause, port::lease::LeaseState};
use std::{sync::atomic::Ordering, time::Duration};

/// The media type of [`metrics`].
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long the store may take to say that it is there.
const READINESS_TIMEOUT: Duration = Duration::from_secs(1);

/// `GET /healthz`: `"ok"` while the process lives.
pub(crate) async fn health() -> Result<HttpResponse, HttpError> {
    response::json(&"ok")
}

/// `GET /readyz`: `"ok"` while the service can serve; 503 while it is about to
/// stop and while the store does not answer, but `"stale"` while keys are
/// verified without it.
pub(crate) async fn readiness(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    if api.is_draining.load(Ordering::Relaxed) {
        return Err(HttpError::unavailable("The server is about to stop"));
    }
    let asked = tokio::time::timeout(READINESS_TIMEOUT, api.identity.directory.has_users()).await;
    let cause: Cause = match asked {
        Ok(Ok(_)) => return response::json(&"ok"),
        Ok(Err(error)) => Box::new(error),
        Err(elapsed) => Box::new(elapsed),
    };
    let error = HttpError::from(Error::Unavailable(cause));
    match api.keys.verify.lease.state() {
        LeaseState::Stale => {
            error.log();
            response::json(&"stale")
        }
        LeaseState::Held | LeaseState::Lapsed => Err(error),
    }
}

/// `GET /version`: which build is running.
pub(crate) async fn version(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    response::json(&Api::of(&request)?.version)
}

/// `GET /metrics`, for platform admins: they tell apart what the outside must
/// not. 404 when they are switched off.
pub(crate) async fn metrics(
    PlatformAdmin(SignedIn { api, .. }): PlatformAdmin,
) -> Result<HttpResponse, HttpError> {
    let metrics = api.metrics.as_ref().ok_or_else(HttpError::no_such_route)?;
    Ok(HttpResponse::Ok()
        .content_type(OPEN_METRICS)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(metrics.text()))
}
