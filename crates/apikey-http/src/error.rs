//! Error responses.
//!
//! A cause is logged here, once, with its response. Clients receive only the status.

pub(crate) mod cause_line;
mod from_domain;
pub(crate) mod place;

use crate::{metrics::limit::Limit, request_id::REQUEST_ID};
use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use apikey_domain::error::{Cause, with_causes};
use cause_line::CauseLine;
use place::Place;
use serde::Serialize;
use std::{borrow::Cow, fmt::Display, sync::Arc};
use utoipa::ToSchema;

/// The header of a response about a key that is based on data cached before the
/// store was lost.
pub(crate) const STALE_HEADER: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-auth-stale"),
    HeaderValue::from_static("true"),
);

/// The message of a 503 whose cause is in the log.
pub(crate) const TRY_AGAIN: &str = "Temporarily unavailable, try again";

/// Why a request was refused: a status, a reason and a message.
#[derive(Debug)]
pub(crate) struct HttpError {
    status: StatusCode,
    reason: &'static str,
    message: Cow<'static, str>,
    /// What is wrong, if it is one value: where it is, as far as that is known.
    place: Option<Box<Place>>,
    hint: Hint,
    cause: Option<Cause>,
    is_stale: bool,
    request_id: Option<Box<HeaderValue>>,
    limit: Option<Limit>,
}

/// What a response header tells the client to do.
#[derive(Debug)]
enum Hint {
    Nothing,
    SignIn(Challenge),
    RetryAfterSeconds(u64),
    UseMethods(Arc<str>),
}

/// What `WWW-Authenticate` says about the credentials. It never names `Basic`,
/// which would make a browser ask for a password.
#[derive(Clone, Copy, Debug)]
enum Challenge {
    NeedsKey,
    InvalidKey,
    InsufficientScope,
}

/// The body of every refusal.
#[derive(Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorView<'a> {
    code: u16,
    reason: &'a str,
    message: &'a str,
}

// === impl HttpError ===

impl HttpError {
    /// Returns 422: a value is invalid or has the wrong type.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
    }

    /// Returns 422: what is here breaks `rule`.
    pub(crate) fn invalid_at(place: Place, rule: impl Display) -> Self {
        Self::invalid(format!("{place}: {rule}")).at(place)
    }

    /// Returns 422: this parameter of the query breaks `rule`.
    pub(crate) fn invalid_parameter(
        name: impl Into<Cow<'static, str>>,
        rule: impl Display,
    ) -> Self {
        Self::invalid_at(Place::Query(name.into()), rule)
    }

    /// Adds where the value is that is refused.
    pub(crate) fn at(self, place: Place) -> Self {
        Self {
            place: Some(Box::new(place)),
            ..self
        }
    }

    /// Returns 400: the request is malformed or ambiguous.
    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// Returns 403: the request must not be made like this.
    pub(crate) fn forbidden(message: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    /// Returns 404: no such route.
    pub(crate) fn no_such_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", "No such route")
    }

    /// Returns 405: the route does not have this method.
    pub(crate) fn method_not_allowed(allowed: Arc<str>) -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let message = format!("Only {allowed} may be used here");
        Self {
            hint: Hint::UseMethods(allowed),
            ..Self::new(status, "MethodNotAllowed", message)
        }
    }

    /// Returns 408: the body did not arrive in time.
    pub(crate) fn too_slow(message: &'static str) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", message)
    }

    /// Returns 412: the resource is not as `If-Match` says.
    pub(crate) fn precondition_failed() -> Self {
        let status = StatusCode::PRECONDITION_FAILED;
        let message = "It has changed since it was read: read it again";
        Self::new(status, "PreconditionFailed", message)
    }

    /// Returns 415: the body is in another format.
    pub(crate) fn unsupported_media_type(message: &'static str) -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(status, "UnsupportedMediaType", message).at(Place::Header("Content-Type"))
    }

    /// Returns 413: the body is too large.
    pub(crate) fn too_large(message: &'static str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge", message)
    }

    /// Returns 500, with a cause for the log.
    pub(crate) fn internal(cause: Cause) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self {
            cause: Some(cause),
            ..Self::new(status, "InternalServerError", "Internal server error")
        }
    }

    /// Returns 503: the client may retry after a second.
    pub(crate) fn unavailable(message: &'static str) -> Self {
        Self {
            hint: Hint::RetryAfterSeconds(1),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                message,
            )
        }
    }

    /// Returns 503: so much is under way that this must wait. `cause` is for the log.
    pub(crate) fn overloaded(message: &'static str, cause: &'static str) -> Self {
        Self {
            cause: Some(cause.into()),
            ..Self::unavailable(message)
        }
    }

    /// Marks a 401 as one about a key that was presented.
    pub(crate) fn of_presented_key(mut self) -> Self {
        if let Hint::SignIn(challenge) = &mut self.hint {
            *challenge = Challenge::InvalidKey;
        }
        self
    }

    /// Marks a response as based on data cached before the store was lost.
    pub(crate) fn of_stale_facts(self) -> Self {
        Self {
            is_stale: true,
            ..self
        }
    }

    /// Adds the id under which it is logged.
    pub(crate) fn of_request(self, id: HeaderValue) -> Self {
        Self {
            request_id: Some(Box::new(id)),
            ..self
        }
    }

    /// Marks a refusal as one at a limit, which is counted.
    fn at_limit(self, limit: Limit) -> Self {
        Self {
            limit: Some(limit),
            ..self
        }
    }

    /// Returns the status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the reason, which tells refusals of one status apart.
    pub(crate) fn reason(&self) -> &'static str {
        self.reason
    }

    /// Returns what is wrong, for people.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Returns where the value is that is refused, if it is one.
    pub(crate) fn place(&self) -> Option<&Place> {
        self.place.as_deref()
    }

    /// Logs the cause, if there is one, of a response that has begun.
    pub(crate) fn log(&self) {
        drop(self.cause_line());
    }

    /// Returns the line of the cause, if there is one, which is written when it is dropped.
    fn cause_line(&self) -> Option<CauseLine> {
        let cause = with_causes(&**self.cause.as_ref()?);
        let is_temporary = self.status == StatusCode::SERVICE_UNAVAILABLE;
        Some(CauseLine::new(cause, is_temporary))
    }

    fn new(
        status: StatusCode,
        reason: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            reason,
            message: message.into(),
            place: None,
            hint: Hint::Nothing,
            cause: None,
            is_stale: false,
            request_id: None,
            limit: None,
        }
    }
}

impl std::fmt::Display for HttpError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.status.as_u16(), self.reason)
    }
}

impl ResponseError for HttpError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        self.hint.write(&mut response);
        if self.is_stale {
            response.insert_header(STALE_HEADER);
        }
        if let Some(id) = &self.request_id {
            response.insert_header((REQUEST_ID, HeaderValue::clone(id)));
        }
        let mut response = response.json(ErrorView {
            code: self.status.as_u16(),
            reason: self.reason,
            message: &self.message,
        });
        if let Some(limit) = self.limit {
            response.extensions_mut().insert(limit);
        }
        if let Some(line) = self.cause_line() {
            response.extensions_mut().insert(line);
        }
        response
    }
}

// === impl Hint ===

impl Hint {
    fn write(&self, response: &mut HttpResponseBuilder) {
        match self {
            Self::Nothing => response,
            Self::SignIn(Challenge::NeedsKey) => {
                response.insert_header((header::WWW_AUTHENTICATE, r#"Bearer realm="apikey""#))
            }
            Self::SignIn(Challenge::InvalidKey) => response.insert_header((
                header::WWW_AUTHENTICATE,
                r#"Bearer realm="apikey", error="invalid_token""#,
            )),
            Self::SignIn(Challenge::InsufficientScope) => response.insert_header((
                header::WWW_AUTHENTICATE,
                r#"Bearer realm="apikey", error="insufficient_scope""#,
            )),
            Self::RetryAfterSeconds(seconds) => {
                response.insert_header((header::RETRY_AFTER, *seconds))
            }
            Self::UseMethods(methods) => response.insert_header((header::ALLOW, &**methods)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_does_not_print_its_message() {
        let error = HttpError::invalid("custom must have 16 to 512 characters");
        assert_eq!(error.to_string(), "422 Invalid");
    }
}
