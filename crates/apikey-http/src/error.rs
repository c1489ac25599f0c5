//! Refusals, as clients see them.
//!
//! Causes are logged here, once, when the answer is made; clients are told no
//! more of them than the status.

mod from_domain;

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
use apikey_domain::error::Cause;
use serde::Serialize;
use std::{borrow::Cow, sync::Arc};

/// What answers about a key have that rest on what was known before the store
/// was lost.
pub(crate) const STALE: (HeaderName, HeaderValue) = (
    HeaderName::from_static("x-auth-stale"),
    HeaderValue::from_static("true"),
);

/// Why a request was refused: a status, its reason and a sentence.
#[derive(Debug)]
pub(crate) struct HttpError {
    status: StatusCode,
    reason: &'static str,
    message: Cow<'static, str>,
    hint: Hint,
    cause: Option<Cause>,
    is_stale: bool,
}

/// What a header of the answer tells the client to do.
#[derive(Debug)]
enum Hint {
    Nothing,
    SignIn(Challenge),
    RetryAfterSeconds(u64),
    UseMethods(Arc<str>),
}

/// What is said about the credentials of a 401 or 403. Never `Basic`, which would make
/// a browser ask for a password.
#[derive(Clone, Copy, Debug)]
enum Challenge {
    NeedsKey,
    InvalidKey,
    InsufficientScope,
}

/// The body of every answer that is not 2xx.
#[derive(Serialize)]
struct ErrorView<'a> {
    code: u16,
    reason: &'a str,
    message: &'a str,
}

// === impl HttpError ===

impl HttpError {
    /// 422: a value breaks a rule or has the wrong type.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message)
    }

    /// 400: what was sent is not HTTP.
    pub(crate) fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// 404: no such route.
    pub(crate) fn no_such_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", "No such route")
    }

    /// 405: the route has other methods.
    pub(crate) fn method_not_allowed(allowed: Arc<str>) -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        let message = format!("Only {allowed} may be used here");
        Self {
            hint: Hint::UseMethods(allowed),
            ..Self::new(status, "MethodNotAllowed", message)
        }
    }

    /// 408: the body did not come in time.
    pub(crate) fn too_slow(message: &'static str) -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", message)
    }

    /// 413: the body is too large.
    pub(crate) fn too_large(message: &'static str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLarge", message)
    }

    /// 500, with a cause for the log.
    pub(crate) fn internal(cause: Cause) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self {
            cause: Some(cause),
            ..Self::new(status, "InternalServerError", "Internal server error")
        }
    }

    /// 503: worth another try in a second.
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

    /// The same, if a 401 then about a key that was presented.
    pub(crate) fn of_presented_key(mut self) -> Self {
        if let Hint::SignIn(challenge) = &mut self.hint {
            *challenge = Challenge::InvalidKey;
        }
        self
    }

    /// The same, resting on what was known before the store was lost.
    pub(crate) fn of_stale_facts(self) -> Self {
        Self {
            is_stale: true,
            ..self
        }
    }

    /// Writes the cause to the log, where there is one.
    pub(crate) fn log(&self) {
        let Some(cause) = &self.cause else {
            return;
        };
        let cause = with_sources(&**cause);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            tracing::warn!(cause, "unavailable");
        } else {
            tracing::error!(cause, "internal error");
        }
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
            hint: Hint::Nothing,
            cause: None,
            is_stale: false,
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
        self.log();
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((header::CACHE_CONTROL, "no-store"));
        self.hint.write(&mut answer);
        if self.is_stale {
            answer.insert_header(STALE);
        }
        answer.json(ErrorView {
            code: self.status.as_u16(),
            reason: self.reason,
            message: &self.message,
        })
    }
}

// === impl Hint ===

impl Hint {
    fn write(&self, answer: &mut HttpResponseBuilder) {
        match self {
            Self::Nothing => answer,
            Self::SignIn(Challenge::NeedsKey) => {
                answer.insert_header((header::WWW_AUTHENTICATE, r#"Bearer realm="apikey""#))
            }
            Self::SignIn(Challenge::InvalidKey) => answer.insert_header((
                header::WWW_AUTHENTICATE,
                r#"Bearer realm="apikey", error="invalid_token""#,
            )),
            Self::SignIn(Challenge::InsufficientScope) => answer.insert_header((
                header::WWW_AUTHENTICATE,
                r#"Bearer realm="apikey", error="insufficient_scope""#,
            )),
            Self::RetryAfterSeconds(seconds) => {
                answer.insert_header((header::RETRY_AFTER, *seconds))
            }
            Self::UseMethods(methods) => answer.insert_header((header::ALLOW, &**methods)),
        };
    }
}

/// The whole story of an error, the outermost first.
fn with_sources(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::error::PortError;

    #[test]
    fn a_logged_cause_comes_with_its_sources() {
        let store = PortError::Unavailable("connection refused".into());
        assert_eq!(
            with_sources(&store),
            "store unavailable: connection refused"
        );
    }

    #[test]
    fn a_refusal_does_not_print_its_message() {
        let error = HttpError::invalid("custom must have 16 to 512 characters");
        assert_eq!(error.to_string(), "422 Invalid");
    }
}
