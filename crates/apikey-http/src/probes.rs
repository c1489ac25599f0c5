//! Endpoints for operators: health, readiness, version and metrics.

use crate::{
    api::Api,
    authentication::{Authenticated, PlatformAdmin},
    error::HttpError,
    response,
};
use actix_web::{HttpRequest, HttpResponse, http::header};
use apikey_domain::{Error, error::Cause, port::lease::LeaseState};
use std::{sync::atomic::Ordering, time::Duration};

/// The media type of [`metrics`].
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long the store may take to respond to a readiness check.
const READINESS_TIMEOUT: Duration = Duration::from_secs(1);
/// How long the lease may be lapsed before the service is not ready.
const LEASE_LOSS_LIMIT: Duration = Duration::from_secs(5);

/// `GET /healthz`: `"ok"` while the process runs.
pub(crate) async fn health() -> Result<HttpResponse, HttpError> {
    response::json(&"ok")
}

/// `GET /readyz`: `"ok"` while the service can serve requests; 503 while it is
/// shutting down, the store is unavailable, or the lease has been lost for 5 s, or
/// `"stale"` if keys are still verified without the store.
pub(crate) async fn readiness(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    if api.is_draining.load(Ordering::Relaxed) {
        return Err(HttpError::unavailable("The server is about to stop"));
    }
    let checked = tokio::time::timeout(READINESS_TIMEOUT, api.identity.directory.has_users()).await;
    let lapsed_for = api.keys.verify.lease.lapsed_for();
    let cause: Cause = match checked {
        Ok(Ok(_)) if lapsed_for < LEASE_LOSS_LIMIT => return response::json(&"ok"),
        Ok(Ok(_)) => "the lease is lost and cannot be renewed".into(),
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

/// `GET /version`: the build that is running.
pub(crate) async fn version(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    response::json(&Api::of(&request)?.version)
}

/// `GET /metrics`, for platform admins only, because metrics distinguish refusals
/// that clients must not. 404 if they are disabled.
pub(crate) async fn metrics(
    PlatformAdmin(Authenticated { api, .. }): PlatformAdmin,
) -> Result<HttpResponse, HttpError> {
    let metrics = api.metrics.as_ref().ok_or_else(HttpError::no_such_route)?;
    Ok(HttpResponse::Ok()
        .content_type(OPEN_METRICS)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(metrics.text()))
}
