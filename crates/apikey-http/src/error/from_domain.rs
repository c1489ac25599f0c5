//! Maps the errors of the domain to responses.
//!
//! The statuses, reasons and messages are those of "Errors" in `docs/api.md`.
//! There is no catch-all arm: a new error of the domain does not compile until
//! it is mapped here.

use super::{Challenge, Hint, HttpError, TRY_AGAIN, place::Place};
use crate::metrics::limit::Limit;
use actix_web::http::StatusCode;
use apikey_domain::{
    Error, Invalid,
    error::{Bound, Cause, Excess, Forbidden, Missing, Refusal, Taken},
    listing::TooBroad,
};
use std::time::Duration;

impl From<Error> for HttpError {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(invalid) => invalid.into(),
            Error::Unauthenticated => unauthorized("Invalid authentication credentials"),
            Error::KeyEnded => Self::bad_key(),
            Error::KeyDeactivated => Self::from(Error::Deactivated).of_presented_key(),
            Error::Deactivated => unauthorized("User account is deactivated"),
            Error::Forbidden(forbidden) => forbidden.into(),
            Error::NotFound(missing) => not_found(missing),
            Error::AlreadyExists(taken) => already_exists(taken),
            Error::Conflict(refusal) => conflict(refusal),
            Error::NotAsExpected => Self::precondition_failed(),
            Error::OlderNodes => older_nodes(),
            Error::TooMany(bound) => too_many(bound).at_limit(bound.into()),
            Error::TooBroad(too_broad) => too_broad_search(too_broad),
            Error::Throttled {
                retry_after_seconds,
            } => throttled(retry_after_seconds).at_limit(Limit::SignIns),
            Error::Unavailable(cause) => unavailable(cause),
            Error::Internal(cause) => Self::internal(cause),
        }
    }
}

/// Responses to those who sign in, and to a gateway about a key.
impl HttpError {
    /// Returns 401: there is no such user, or it is not their password.
    pub(crate) fn wrong_password() -> Self {
        unauthorized("Incorrect username or password")
    }

    /// Returns 401: no key was presented.
    pub(crate) fn no_key() -> Self {
        Error::Unauthenticated.into()
    }

    /// Returns 401: the key is unknown, wrong or expired, or its owner is inactive.
    pub(crate) fn bad_key() -> Self {
        Self::no_key().of_presented_key()
    }

    /// Returns 403: the key does not allow this model.
    pub(crate) fn model_denied(model: &str) -> Self {
        let message = format!("Api key not allowed to access model {model}");
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message).of_insufficient_key()
    }

    /// Marks a 403 as one about a key with insufficient scope.
    pub(crate) fn of_insufficient_key(self) -> Self {
        Self {
            hint: Hint::SignIn(Challenge::InsufficientScope),
            ..self
        }
    }
}

impl From<Invalid> for HttpError {
    fn from(invalid: Invalid) -> Self {
        Self::invalid(invalid.message).at(Place::Field(invalid.field))
    }
}

impl From<Forbidden> for HttpError {
    fn from(forbidden: Forbidden) -> Self {
        let message = match forbidden {
            Forbidden::ManagementScope => {
                "API key does not have permission to access management features".to_owned()
            }
            Forbidden::InferenceScope => {
                "API key does not have permission to access inference features".to_owned()
            }
            Forbidden::NotAMember(id) => format!("Not a member of organization {id}"),
            Forbidden::PlatformAdminsOnly => "Only a platform admin may do this".to_owned(),
            Forbidden::OrganizationAdminsOnly(id) => {
                format!("Only an admin of organization {id} may do this")
            }
            Forbidden::KeyOfAnotherPrincipal => {
                "API key acts for another principal and may not do this".to_owned()
            }
            Forbidden::OwnPasswordByKey => "API key may not set the password of its own user; \
                 use PUT /v2/users/me with current_password"
                .to_owned(),
            Forbidden::PasswordChangeRequired => "The password must be changed first: use \
                 POST /auth/update-password or PUT /v2/users/me"
                .to_owned(),
            Forbidden::SelfRotation => {
                "API key may not rotate itself: somebody else must set self_rotation".to_owned()
            }
            Forbidden::WidensKeyOfAnother => {
                "Only its own user may let an API key do more".to_owned()
            }
            Forbidden::ExceedsOwnKey(excess) => {
                let more = match excess {
                    Excess::Scope => "a scope that it does not grant itself",
                    Excess::Models => "a model that it does not allow itself",
                    Excess::Expiry => "an expiry later than its own",
                };
                format!("API key may not give another key {more}")
            }
        };
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }
}

fn unauthorized(message: &'static str) -> HttpError {
    HttpError {
        hint: Hint::SignIn(Challenge::NeedsKey),
        ..HttpError::new(StatusCode::UNAUTHORIZED, "Unauthorized", message)
    }
}

fn not_found(missing: Missing) -> HttpError {
    let message = match missing {
        Missing::ApiKey => "Api key not found".to_owned(),
        Missing::User => "User not found".to_owned(),
        Missing::Organization(id) => format!("Organization {id} not found"),
        Missing::Member => "Member not found".to_owned(),
        Missing::Credential => "Credential not found".to_owned(),
        Missing::Session => "Session not found".to_owned(),
    };
    HttpError::new(StatusCode::NOT_FOUND, "NotFound", message)
}

fn already_exists(taken: Taken) -> HttpError {
    let message = match taken {
        Taken::KeyName(name) => format!("Api key {name} already exists"),
        Taken::AccessKeyOf {
            name,
            id,
            is_expired,
        } => {
            // As Python writes a boolean, because clients expect it.
            let expired = if is_expired { "True" } else { "False" };
            format!(
                "Custom API Key duplicate with existing key {name} (id: {id}, expired: {expired})"
            )
        }
        Taken::AccessKey => "Custom API Key is not available".to_owned(),
        Taken::Username(name) => format!("User {name} already exists"),
        Taken::LikeUsername(name) => {
            format!("A user whose name looks like {name} already exists")
        }
        Taken::Slug(slug) => format!("Organization {slug} already exists"),
        Taken::Member => "User is already a member".to_owned(),
    };
    HttpError::new(StatusCode::CONFLICT, "AlreadyExists", message)
}

/// Returns 503: a node of an earlier release would not know what this change ends.
fn older_nodes() -> HttpError {
    let message = "A node of an earlier release is running: upgrade all nodes first";
    HttpError {
        cause: Some("a node of an earlier release may hold a lease".into()),
        ..HttpError::unavailable(message)
    }
}

fn conflict(refusal: Refusal) -> HttpError {
    let message = match refusal {
        Refusal::LastPlatformAdmin => {
            "The last active platform admin cannot be demoted, deactivated or deleted".to_owned()
        }
        Refusal::LastOrganizationAdmin(id) => {
            format!("The last admin of organization {id} cannot be demoted or removed")
        }
        Refusal::OrganizationOwnsKeys(count) => {
            format!("Organization still owns API keys: {count}")
        }
        Refusal::KeyRevoked => "Api key is revoked".to_owned(),
        Refusal::ActiveCredential => {
            "The active credential cannot be ended: rotate, disable or revoke the key".to_owned()
        }
        Refusal::RequestUnderWay => "A request with this Idempotency-Key is under way".to_owned(),
    };
    let hint = match refusal {
        Refusal::RequestUnderWay => Hint::RetryAfterSeconds(1),
        _ => Hint::Nothing,
    };
    HttpError {
        hint,
        ..HttpError::new(StatusCode::CONFLICT, "Conflict", message)
    }
}

fn too_many(bound: Bound) -> HttpError {
    let more_later = |wait: Duration, message: String| HttpError {
        hint: Hint::RetryAfterSeconds(wait.as_secs().saturating_add(1)),
        ..HttpError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message)
    };
    match bound {
        Bound::WatchesOfUser(bound) => more_later(
            Duration::ZERO,
            format!("There are {bound} watches of this user, and there may be no more"),
        ),
        Bound::WatchesOfPrincipal(bound, id) => more_later(
            Duration::ZERO,
            format!("There are {bound} watches of principal {id}, and there may be no more"),
        ),
        Bound::KeysOfUser(bound) => HttpError::invalid(format!(
            "This user has {bound} API keys, and may have no more: delete one first"
        )),
        Bound::KeysOfOrganization(bound, id) => HttpError::invalid(format!(
            "Organization {id} has {bound} API keys, and may have no more: delete one first"
        )),
        Bound::RateOfUser(rate, limit, wait) => {
            more_later(wait, format!("This user may make {limit} {rate} a second"))
        }
        Bound::RateOfOrganization(rate, limit, id, wait) => more_later(
            wait,
            format!("Organization {id} may make {limit} {rate} a second"),
        ),
    }
}

fn too_broad_search(too_broad: TooBroad) -> HttpError {
    let message = match too_broad {
        TooBroad::ShortTerm { names } => {
            format!("search must have 3 characters or more where there are more than {names} names")
        }
        TooBroad::CommonTerm { names, candidates } => format!(
            "search must be longer or rarer, or the list narrowed by user_id or \
             X-Organization-Id: there are more than {names} names, and more than {candidates} \
             may contain it"
        ),
        TooBroad::CommonConditions { names, candidates } => format!(
            "status, expires_before, unused_since or metadata must leave fewer keys, or the list \
             be narrowed by search, user_id or X-Organization-Id: there are more than {names} \
             keys, and more than {candidates} may be like this"
        ),
        TooBroad::SeveralFields { names } => {
            format!("sort_by must name one field where there are more than {names} users")
        }
        TooBroad::FarPage { reachable } => format!(
            "query.page: must lie within the first {reachable} keys of a list of so many that are \
             like this; go on with a cursor"
        ),
    };
    HttpError::invalid(message)
}

fn throttled(retry_after_seconds: u64) -> HttpError {
    let message = format!("Too many failed sign-ins, try again in {retry_after_seconds} s");
    HttpError {
        hint: Hint::RetryAfterSeconds(retry_after_seconds),
        ..HttpError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message)
    }
}

fn unavailable(cause: Cause) -> HttpError {
    HttpError {
        cause: Some(cause),
        ..HttpError::unavailable(TRY_AGAIN)
    }
}
