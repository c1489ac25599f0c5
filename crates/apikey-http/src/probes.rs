//! What those who run the service ask, without credentials.

use crate::{answer, api::Api, error::HttpError};
use actix_web::{HttpRequest, HttpResponse};
use apikey_domain::{Error, error::Cause, port::lease::LeaseState};
use std::{sync::atomic::Ordering, time::Duration};

/// How long the store may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(1);

/// `GET /healthz`: `"ok"` while the process lives.
pub(crate) async fn health() -> Result<HttpResponse, HttpError> {
    answer::json(&"ok")
}

/// `GET /readyz`: `"ok"` while the service can serve; 503 while it is about to
/// stop and while the store does not answer, but `"stale"` while keys are
/// verified without it.
pub(crate) async fn readiness(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    if api.is_draining.load(Ordering::Relaxed) {
        return Err(HttpError::unavailable("The server is about to stop"));
    }
    let asked = tokio::time::timeout(PATIENCE, api.ports.directory.has_users()).await;
    let cause: Cause = match asked {
        Ok(Ok(_)) => return answer::json(&"ok"),
        Ok(Err(error)) => Box::new(error),
        Err(elapsed) => Box::new(elapsed),
    };
    let error = HttpError::from(Error::Unavailable(cause));
    match api.ports.lease.state() {
        LeaseState::Stale => {
            error.log();
            answer::json(&"stale")
        }
        LeaseState::Held | LeaseState::Lapsed => Err(error),
    }
}

/// `GET /version`: which build is running.
pub(crate) async fn version(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    answer::json(&Api::of(&request)?.version)
}
