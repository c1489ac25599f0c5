//! Endpoints for operators: health, readiness, version and metrics.

pub(crate) mod described;
mod readiness_check;
mod readiness_view;

use crate::{
    api::Api,
    authentication::PlatformAdmin,
    error::{HttpError, TRY_AGAIN},
    metrics::access::MetricsAccess,
    query::Query,
    response,
};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    web,
};
use apikey_domain::use_case::operation::check_readiness::Readiness;
use futures_util::future::LocalBoxFuture;
pub use readiness_check::ReadinessCheck;
use readiness_view::{DRAINING, ReadinessView};
use std::sync::atomic::Ordering;

/// The media type of [`metrics`].
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /livez`, and `GET /healthz`: `"ok"` while the process runs.
pub(crate) async fn health() -> Result<HttpResponse, HttpError> {
    response::json(&"ok")
}

/// `GET /readyz`: `"ok"` while the service can do its work; 503 while it is shutting
/// down or a part of it fails, or `"stale"` if keys are still verified without the
/// store. With `verbose` the response shows each part.
pub(crate) async fn readiness(
    request: HttpRequest,
    query: Query,
) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    let is_verbose = is_verbose(&query)?;
    let is_draining = api.is_draining.load(Ordering::Relaxed);
    if is_draining && is_verbose {
        return unavailable(&ReadinessView::draining());
    }
    if is_draining {
        return Err(HttpError::unavailable(DRAINING));
    }
    let (readiness, reports) = api.readiness.run(&*api.keys.verify.lease).await;
    match readiness {
        Readiness::Unavailable if is_verbose => {
            unavailable(&ReadinessView::new(readiness, &reports))
        }
        _ if is_verbose => response::json(&ReadinessView::new(readiness, &reports)),
        Readiness::Ready => response::json(&"ok"),
        Readiness::Stale => response::json(&"stale"),
        Readiness::Unavailable => Err(HttpError::unavailable(TRY_AGAIN)),
    }
}

/// `GET /version`: the build that is running.
pub(crate) async fn version(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    response::json(&Api::of(&request)?.version)
}

/// `GET /metrics`, for platform admins and whoever has the token for it, because metrics
/// distinguish refusals that clients must not. 404 if they are disabled.
pub(crate) async fn metrics(MetricsReader(api): MetricsReader) -> Result<HttpResponse, HttpError> {
    shown(&api)
}

/// `GET /metrics` at an address that has nothing else.
pub(crate) async fn metrics_alone(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    match &api.metrics_access {
        MetricsAccess::AdminsAnd(token) if !token.is_in(request.headers()) => {
            Err(HttpError::bad_key())
        }
        _ => shown(&api),
    }
}

fn shown(api: &Api) -> Result<HttpResponse, HttpError> {
    let metrics = api.metrics.as_ref().ok_or_else(HttpError::no_such_route)?;
    Ok(HttpResponse::Ok()
        .content_type(OPEN_METRICS)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(metrics.text()))
}

/// `verbose` alone means yes, too.
fn is_verbose(query: &Query) -> Result<bool, HttpError> {
    if query.text("verbose")?.is_some_and(|text| text.is_empty()) {
        return Ok(true);
    }
    Ok(query.flag("verbose")?.unwrap_or(false))
}

/// Who may read the metrics.
pub(crate) struct MetricsReader(web::Data<Api>);

impl FromRequest for MetricsReader {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let api = Api::of(&request)?;
            match &api.metrics_access {
                MetricsAccess::Nobody => return Err(HttpError::no_such_route()),
                MetricsAccess::AdminsAnd(token) if token.is_in(request.headers()) => {}
                MetricsAccess::Admins | MetricsAccess::AdminsAnd(_) => {
                    PlatformAdmin::extract(&request).await?;
                }
            }
            Ok(Self(api))
        })
    }
}

/// Returns 503 with `view` instead of the body of other refusals.
fn unavailable(view: &ReadinessView) -> Result<HttpResponse, HttpError> {
    let mut response = response::json(view)?;
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    Ok(response)
}
