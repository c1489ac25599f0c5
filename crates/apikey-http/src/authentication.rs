//! Who makes a request: the first thing any request under `/v2` is asked.

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

/// A caller who is known and, if they came with a key, came with one that
/// grants management.
///
/// Refuses with 401 or 403 before anything else of the request is looked at.
pub(crate) struct SignedIn {
    /// What handlers work with.
    pub(crate) api: web::Data<Api>,
    /// Who they are.
    pub(crate) caller: Caller,
    /// Where they are, as far as is known.
    pub(crate) address: Address,
}

/// A caller who may administer the platform.
///
/// The use cases decide; asking first spares them the body of anyone else.
pub(crate) struct PlatformAdmin(pub(crate) SignedIn);

// === impl SignedIn ===

impl SignedIn {
    /// Finds out who makes `request`.
    pub(crate) async fn of(request: &HttpRequest) -> Result<Self, HttpError> {
        let api = Api::of(request)?;
        let address = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let caller = caller(request, &api, address).await?;
        caller.require_scope(Scope::Management)?;
        authenticate::note_use(&api.keys.verify, &caller);
        Ok(Self {
            api,
            caller,
            address,
        })
    }

    /// What the use cases of people and organizations need.
    pub(crate) fn identity(&self) -> &IdentityPorts {
        &self.api.identity
    }

    /// What the use cases of keys need.
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
