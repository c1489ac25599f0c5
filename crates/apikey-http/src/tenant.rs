//! On whose behalf a request acts: asked after who makes it, before anything
//! else.

use crate::{api::Api, authentication::SignedIn, error::HttpError};
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

/// The caller and the principal for which they act.
///
/// Refuses with 401, 403, 422 or 404, in this order, before path, query and
/// body are looked at.
pub(crate) struct Tenant {
    /// What handlers work with.
    pub(crate) api: web::Data<Api>,
    /// Who acts for whom.
    pub(crate) context: TenantContext,
}

impl Tenant {
    /// What the use cases of keys need.
    pub(crate) fn ports(&self) -> &KeyPorts {
        &self.api.keys
    }

    async fn of(request: &HttpRequest) -> Result<Self, HttpError> {
        let SignedIn { api, caller, .. } = SignedIn::of(request).await?;
        let requested = match &caller.key {
            // A key acts for its owner, whatever the header says.
            Some(_) => None,
            None => requested(request.headers())?,
        };
        let context = resolve_tenant(caller, requested, &*api.keys.principals).await?;
        Ok(Self { api, context })
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

/// The principal that `X-Organization-Id` names. An empty header names none, as
/// with GPUStack.
fn requested(headers: &HeaderMap) -> Result<Option<PrincipalId>, HttpError> {
    let Some(value) = headers.get("x-organization-id") else {
        return Ok(None);
    };
    if value.is_empty() {
        return Ok(None);
    }
    match integer(value) {
        Some(id) => Ok(Some(PrincipalId(id))),
        None => Err(HttpError::invalid("Invalid X-Organization-Id")),
    }
}

fn integer(value: &HeaderValue) -> Option<i64> {
    value.to_str().ok()?.trim().parse().ok()
}
