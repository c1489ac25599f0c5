//! The tenant that a request acts for: the check after authentication.

use crate::{
    api::Api,
    authentication::Authenticated,
    error::{HttpError, place::Place},
};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{HeaderMap, HeaderValue},
    web,
};
use apikey_domain::{
    access::tenant::TenantContext,
    identifier::PrincipalId,
    use_case::{ports::KeyPorts, resolve_tenant::resolve_tenant},
};
use futures_util::future::LocalBoxFuture;
use tokio::time::Instant;

/// The caller and the principal for which they act.
///
/// Extracting it fails with 401, 403, 422 or 404, checked in this order, before
/// path, query and body are read.
pub(crate) struct Tenant {
    /// The shared state.
    pub(crate) api: web::Data<Api>,
    /// The caller and their tenant.
    pub(crate) context: TenantContext,
    /// When they were judged.
    pub(crate) judged_at: Instant,
}

impl Tenant {
    /// Returns the ports of the use cases for keys.
    pub(crate) fn ports(&self) -> &KeyPorts {
        &self.api.keys
    }

    async fn of(request: &HttpRequest) -> Result<Self, HttpError> {
        let Authenticated { api, caller, .. } = Authenticated::of(request).await?;
        let requested = match caller.key() {
            // A key always acts for its owner; the header is ignored.
            Some(_) => None,
            None => requested(request.headers())?,
        };
        let context = resolve_tenant(caller, requested, &*api.keys.principals).await?;
        Ok(Self {
            api,
            context,
            judged_at: Instant::now(),
        })
    }
}

impl FromRequest for Tenant {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

/// Returns the principal that `X-Organization-Id` names. An empty header names
/// none, as in GPUStack.
fn requested(headers: &HeaderMap) -> Result<Option<PrincipalId>, HttpError> {
    let Some(value) = headers.get("x-organization-id") else {
        return Ok(None);
    };
    if value.is_empty() {
        return Ok(None);
    }
    match integer(value) {
        Some(id) => Ok(Some(PrincipalId(id))),
        None => {
            Err(HttpError::invalid("Invalid X-Organization-Id")
                .at(Place::Header("X-Organization-Id")))
        }
    }
}

fn integer(value: &HeaderValue) -> Option<i64> {
    value.to_str().ok()?.trim().parse().ok()
}
