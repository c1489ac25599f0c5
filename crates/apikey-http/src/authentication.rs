//! Authentication: the first check of every request under `/v2`.

pub(crate) mod cookie;
pub(crate) mod credentials;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;

use crate::{
    api::Api, client_address::address_of, error::HttpError, observation::caller::note_caller,
    refusal_delay::RefusalDelay, request_id::RequestId, same_site,
};
use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use apikey_domain::{
    Error,
    access::{
        policy::{require_own_account, require_personal, require_platform_admin},
        tenant::Caller,
    },
    identity::{
        session::SessionToken,
        sign_in::{Address, Network},
    },
    use_case::{
        identity::{sessions, sign_in},
        keys::authenticate,
        ports::{IdentityPorts, KeyPorts},
        resolve_tenant::check_standing,
    },
};
use credentials::Credentials;
use futures_util::future::LocalBoxFuture;

/// A caller who is authenticated and admitted to the calls under `/v2`.
///
/// No handler can take it: whether a key's user may still act for its owner has
/// not been judged, nor whether they must change their password first. [`SignedIn`],
/// [`OwnAccount`], [`Personal`], [`PlatformAdmin`] and [`Tenant`](crate::tenant::Tenant)
/// judge it, each by its own rule.
pub(crate) struct Authenticated {
    /// The shared state.
    pub(crate) api: web::Data<Api>,
    /// The caller.
    pub(crate) caller: Caller,
    /// The address that the request is counted for, if known.
    pub(crate) address: Address,
}

/// Defines what handlers take of a caller, each with the rule by which it judges them.
///
/// Extracting it fails with 401, 403 or 404 before any other part of the request is checked.
macro_rules! judged {
    ($($(#[$about:meta])* $name:ident($by:ident) $rule:block)+) => {$(
        $(#[$about])*
        pub(crate) struct $name(pub(crate) Authenticated);

        impl FromRequest for $name {
            type Error = HttpError;
            type Future = LocalBoxFuture<'static, Result<Self, HttpError>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                Box::pin(async move {
                    let $by = Authenticated::of(&request).await?;
                    $rule;
                    Ok(Self($by))
                })
            }
        }
    )+};
}

judged! {
    /// A caller whose key, if any, may act for its owner: with the key of an
    /// organization, they still belong to it.
    SignedIn(by) {
        check_standing(&by.caller, &*by.api.keys.principals).await?
    }

    /// A caller whose key, if any, may act for its owner, and who may have to change their
    /// password first: to see themselves and change it.
    OwnAccount(by) {
        if by.caller.key().is_some() {
            check_standing(&by.caller, &*by.api.keys.principals).await?
        }
    }

    /// A caller who acts for themselves: with a password, or with a key that their own
    /// principal owns.
    ///
    /// The use cases check this, too. Checking it first avoids reading the body of
    /// anyone else's request.
    Personal(by) {
        require_personal(&by.caller)?
    }

    /// A caller who acts for themselves and may administer the platform.
    PlatformAdmin(by) {
        require_platform_admin(&by.caller)?
    }
}

// === impl Authenticated ===

impl Authenticated {
    /// Authenticates the caller of `request`.
    pub(crate) async fn of(request: &HttpRequest) -> Result<Self, HttpError> {
        let api = Api::of(request)?;
        let address = address_of(request, &api);
        let caller = caller(request, &api, address).await?;
        note_caller(request, &caller);
        if caller.credential().session().is_some() {
            same_site::check_change(request, &api)?;
        }
        if caller.key().is_some() {
            authenticate::admit(&api.keys.verify, &caller)?;
        }
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

    /// Checks that the caller may change their own account, before its change is read.
    pub(crate) fn require_own(&self) -> Result<(), HttpError> {
        Ok(require_own_account(&self.caller)?)
    }

    /// Returns the ports of the use cases for keys.
    pub(crate) fn keys(&self) -> &KeyPorts {
        &self.api.keys
    }
}

/// Returns the refusal of a key that does not sign anybody in, after it is logged.
fn refused_key(request: &HttpRequest, api: &Api, error: Error) -> HttpError {
    let id = RequestId::of(request.headers(), &*api.keys.secrets);
    tracing::debug!(%error, request_id = id.as_str(), "refused to sign in");
    HttpError::from(error)
        .of_presented_key()
        .of_request(id.get().clone())
}

/// Finds out who sent a request.
pub(crate) async fn caller(
    request: &HttpRequest,
    api: &Api,
    address: Address,
) -> Result<Caller, HttpError> {
    match Credentials::of(request.headers()) {
        Credentials::Password { username, password } => {
            let signed_in = sign_in::with_password(&api.identity, &username, password, address);
            Ok(signed_in.await?)
        }
        Credentials::Session(text) => match SessionToken::parse(text) {
            Some(token) => Ok(sessions::with_session(&api.identity, &token).await?),
            None => Err(Error::Unauthenticated.into()),
        },
        Credentials::Key(key) => {
            let refusal_delay = RefusalDelay::begin();
            let network = Network::of(address);
            let caller = authenticate::with_key_from(&api.keys, key, network).await;
            if matches!(caller, Err(Error::Unauthenticated)) {
                refusal_delay.wait().await;
            }
            caller.map_err(|error| refused_key(request, api, error))
        }
        Credentials::UnreadableKey => {
            Err(HttpError::from(Error::Unauthenticated).of_presented_key())
        }
        Credentials::UnreadablePassword | Credentials::UnreadableSession | Credentials::None => {
            Err(Error::Unauthenticated.into())
        }
    }
}
