//! Authentication: the first check of every request under `/v2`.

pub(crate) mod credentials;

use crate::{api::Api, error::HttpError, refusal_delay::RefusalDelay};
use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use apikey_domain::{
    Error,
    access::{policy::require_platform_admin, tenant::Caller},
    identity::sign_in::Address,
    key::scope::Scope,
    use_case::{
        identity::sign_in,
        keys::authenticate,
        ports::{IdentityPorts, KeyPorts},
    },
};
use credentials::Credentials;
use futures_util::future::LocalBoxFuture;

/// An authenticated caller. If they used a key, it has the management scope.
///
/// Extracting it fails with 401 or 403 before any other part of the request is
/// checked.
pub(crate) struct SignedIn {
    /// The shared state.
    pub(crate) api: web::Data<Api>,
    /// The caller.
    pub(crate) caller: Caller,
    /// The address of the caller, if known.
    pub(crate) address: Address,
}

/// A caller who may administer the platform.
///
/// The use cases check this, too. Checking it first avoids reading the body of
/// anyone else's request.
pub(crate) struct PlatformAdmin(pub(crate) SignedIn);

// === impl SignedIn ===

impl SignedIn {
    /// Authenticates the caller of `request`.
    pub(crate) async fn of(request: &HttpRequest) -> Result<Self, HttpError> {
        let api = Api::of(request)?;
        let address = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let caller = caller(request, &api, address).await?;
        caller.require_scope(Scope::Management)?;
        authenticate::record_use(&api.keys.verify, &caller);
        Ok(Self {
            api,
            caller,
            address,
        })
    }

    /// Returns the ports of the use cases for users and organizations.
    pub(crate) fn identity(&self) -> &IdentityPorts {
        &self.api.identity
    }

    /// Returns the ports of the use cases for keys.
    pub(crate) fn keys(&self) -> &KeyPorts {
        &self.api.keys
    }
}

impl FromRequest for SignedIn {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::of(&request).await })
    }
}

// === impl PlatformAdmin ===

impl FromRequest for PlatformAdmin {
    type Error = HttpError;
    type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let signed_in = SignedIn::of(&request).await?;
            require_platform_admin(&signed_in.caller)?;
            Ok(Self(signed_in))
        })
    }
}

async fn caller(request: &HttpRequest, api: &Api, address: Address) -> Result<Caller, HttpError> {
    match Credentials::of(request.headers()) {
        Credentials::Password { username, password } => {
            let signed_in = sign_in::with_password(&api.identity, &username, password, address);
            Ok(signed_in.await?)
        }
        Credentials::Key(key) => {
            let refusal_delay = RefusalDelay::begin();
            let caller = authenticate::with_key(&api.keys, key).await;
            if matches!(caller, Err(Error::Unauthenticated)) {
                refusal_delay.wait().await;
            }
            caller.map_err(|error| HttpError::from(error).of_presented_key())
        }
        Credentials::UnreadableKey => {
            Err(HttpError::from(Error::Unauthenticated).of_presented_key())
        }
        Credentials::UnreadablePassword | Credentials::None => Err(Error::Unauthenticated.into()),
    }
}
