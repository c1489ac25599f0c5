//! `/auth/login` and what belongs to it: signing in with a browser, as with GPUStack.

pub(crate) mod described;
mod form;
mod login_body;

use crate::{
    api::Api,
    authentication::{OwnAccount, cookie},
    body::{Body, OtherFields, RequestBody, field::password},
    client_address::address_of,
    error::{HttpError, place::Place},
    forwarded::Forwarded,
    response, same_site,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};
use apikey_domain::{
    Error, Invalid,
    identity::password::PlainPassword,
    use_case::identity::{
        own_account::{self, UpdateOwnAccount},
        sessions,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How people may sign in. The console of GPUStack asks before it shows its form.
#[derive(Serialize, ToSchema)]
#[schema(as = SignInConfig)]
struct ConfigView {
    #[schema(required)]
    external_auth: Option<&'static str>,
    is_oidc: bool,
    is_saml: bool,
}

/// The body that changes the caller's password.
#[derive(Deserialize, ToSchema)]
#[schema(as = UpdatePassword)]
struct UpdatePasswordBody {
    #[serde(deserialize_with = "password")]
    #[schema(value_type = String, format = Password)]
    current_password: PlainPassword,
    #[serde(deserialize_with = "password")]
    #[schema(value_type = String, format = Password, min_length = 8)]
    new_password: PlainPassword,
}

impl RequestBody for UpdatePasswordBody {
    const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
}

/// `GET /auth/config`: how people may sign in, which is with a password.
pub(crate) async fn config() -> Result<HttpResponse, HttpError> {
    response::json(&ConfigView {
        external_auth: None,
        is_oidc: false,
        is_saml: false,
    })
}

/// `POST /auth/login`: signs in with a username and a password, and begins a session.
pub(crate) async fn login(request: HttpRequest, body: Body) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    same_site::check(&request, &api)?;
    let login_body::Login { username, password } = login_body::read(&request, body).await?;
    let address = address_of(&request, &api);
    let opened = sessions::open_session(&api.identity, &username, password, address).await;
    let opened = opened.map_err(|error| match error {
        Error::Unauthenticated => HttpError::wrong_password(),
        error => error.into(),
    })?;
    let is_secure = Forwarded::of(&request, &api).is_https();
    let lifetime = api.identity.sessions.as_ref();
    let seconds = lifetime.map_or(0, |sessions| sessions.lifetime.whole_seconds());
    let cookie = cookie::set(&opened.token, seconds, is_secure)?;
    let mut response = response::json(&())?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// `POST /auth/logout`: ends the session of the cookie, if there is one, and takes the
/// cookie from the browser.
pub(crate) async fn logout(request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let api = Api::of(&request)?;
    let tokens = cookie::tokens(request.headers());
    if tokens.is_empty() {
        same_site::check(&request, &api)?;
    } else {
        same_site::check_change(&request, &api)?;
    }
    for token in tokens {
        sessions::sign_out(&api.identity, &token).await?;
    }
    let mut response = HttpResponse::build(StatusCode::OK);
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    for expired in cookie::expired() {
        response.append_header((header::SET_COOKIE, expired));
    }
    Ok(response.finish())
}

/// `POST /auth/update-password`: gives the caller another password. The session that they
/// came with goes on, and all others end.
pub(crate) async fn update_password(
    OwnAccount(signed_in): OwnAccount,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    signed_in.require_own()?;
    let body = body.json::<UpdatePasswordBody>().await?;
    let request = UpdateOwnAccount {
        full_name: None,
        password: Some(body.new_password),
        current_password: Some(body.current_password),
    };
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let address = signed_in.address;
    let updated = own_account::update_own_account(caller, ports, request, address).await;
    updated.map_err(|error| match error {
        Error::Invalid(Invalid {
            field: "current_password",
            ..
        }) => {
            HttpError::invalid("Incorrect current password").at(Place::of_body("current_password"))
        }
        // What the domain calls the password is the new one here.
        Error::Invalid(invalid) => {
            HttpError::invalid(invalid.message).at(Place::of_body("new_password"))
        }
        error => error.into(),
    })?;
    response::json(&())
}
