//! Why a call was refused, independent of HTTP.

mod bound;
mod forbidden;
mod unique;

use crate::{
    identifier::{ApiKeyId, PrincipalId},
    invalid::Invalid,
    listing::TooBroad,
};
pub use bound::{Bound, Rate};
pub use forbidden::{Excess, Forbidden};
pub use unique::Unique;

/// An error from outside the domain, kept for the log.
///
/// # Example
///
/// ```
/// use apikey_domain::error::{Cause, PortError};
///
/// let cause: Cause = "the disk is full".into();
/// assert!(format!("{:?}", PortError::Unavailable(cause)).contains("the disk is full"));
/// ```
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Returns an error and its causes as one line, the outermost first.
///
/// # Example
///
/// ```
/// use apikey_domain::error::{PortError, with_causes};
///
/// let error = PortError::Unavailable("connection refused".into());
/// assert_eq!(with_causes(&error), "store unavailable: connection refused");
/// ```
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let errors = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<_> = errors.map(ToString::to_string).collect();
    texts.join(": ")
}

/// Why a use case failed.
///
/// # Example
///
/// ```
/// use apikey_domain::error::{Error, Missing};
///
/// let error = Error::NotFound(Missing::ApiKey);
/// assert_eq!(error.to_string(), "api key not found");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value broke a rule.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The credentials are missing or wrong.
    #[error("invalid credentials")]
    Unauthenticated,
    /// The key that the caller authenticated with was deleted, disabled or revoked since, or
    /// has expired.
    #[error("the key is no longer valid")]
    KeyEnded,
    /// The user of the key that the caller authenticated with was deactivated since.
    #[error("user account is deactivated")]
    KeyDeactivated,
    /// The credentials are right, but their user is deactivated.
    #[error("user account is deactivated")]
    Deactivated,
    /// The caller is authenticated but may not do this.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The resource does not exist, or not for this caller.
    #[error(transparent)]
    NotFound(#[from] Missing),
    /// A unique value is taken.
    #[error(transparent)]
    AlreadyExists(#[from] Taken),
    /// The current state forbids it.
    #[error(transparent)]
    Conflict(#[from] Refusal),
    /// The resource is not as the caller expects.
    #[error("not as expected")]
    NotAsExpected,
    /// A node of an earlier release is running, which does not know what is asked for.
    #[error("upgrade all nodes first")]
    OlderNodes,
    /// Somebody has as many of something as they may have.
    #[error(transparent)]
    TooMany(Bound),
    /// A search would read too much.
    #[error(transparent)]
    TooBroad(TooBroad),
    /// There were too many failures; the caller may try again later.
    #[error("too many failed sign-ins, try again in {retry_after_seconds} s")]
    Throttled {
        /// Whole seconds to wait, at least 1.
        retry_after_seconds: u64,
    },
    /// A dependency is unavailable.
    #[error("temporarily unavailable")]
    Unavailable(#[source] Cause),
    /// A dependency violated its contract.
    #[error("internal error")]
    Internal(#[source] Cause),
}

/// Why a caller may not do something, or no longer may: the checks of a request
/// and the judgment of a write ([`crate::access::authority`]) refuse alike.
///
/// # Example
///
/// ```
/// use apikey_domain::error::{Denied, Error, PortError};
///
/// let refused = Error::from(PortError::Denied(Denied::Deactivated));
/// assert!(matches!(refused, Error::Deactivated));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The user or their password is not what it was.
    #[error("invalid credentials")]
    Unauthenticated,
    /// The key that the caller authenticated with was deleted, disabled or revoked since, or
    /// has expired.
    #[error("the key is no longer valid")]
    KeyEnded,
    /// The user of the key that the caller authenticated with was deactivated since.
    #[error("user account is deactivated")]
    KeyDeactivated,
    /// The credentials are right, but their user is deactivated.
    #[error("user account is deactivated")]
    Deactivated,
    /// The caller may not do this.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// What the right rests on does not exist, or not for this caller.
    #[error(transparent)]
    NotFound(#[from] Missing),
}

/// What was not found.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::error::Missing::User.to_string(), "user not found");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// The key.
    #[error("api key not found")]
    ApiKey,
    /// The user.
    #[error("user not found")]
    User,
    /// The organization with this id.
    #[error("organization {0} not found")]
    Organization(PrincipalId),
    /// The member.
    #[error("member not found")]
    Member,
    /// The credential of a key.
    #[error("credential not found")]
    Credential,
    /// The session.
    #[error("session not found")]
    Session,
}

/// Which unique value is taken.
///
/// # Example
///
/// ```
/// use apikey_domain::error::Taken;
///
/// assert_eq!(Taken::KeyName("ci".into()).to_string(), "api key ci already exists");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Taken {
    /// The name of a key.
    #[error("api key {0} already exists")]
    KeyName(String),
    /// An access key, by a key that may be disclosed to the caller.
    #[error("custom key duplicates key {name} (id: {id})")]
    AccessKeyOf {
        /// The name of that key.
        name: String,
        /// Its id.
        id: ApiKeyId,
        /// Whether it is expired.
        is_expired: bool,
    },
    /// An access key, by a key that must not be disclosed to the caller.
    #[error("custom key is not available")]
    AccessKey,
    /// A username.
    #[error("user {0} already exists")]
    Username(String),
    /// A username that looks like another one.
    #[error("a user whose name looks like {0} already exists")]
    LikeUsername(String),
    /// The short name of an organization.
    #[error("organization {0} already exists")]
    Slug(String),
    /// The user is already a member.
    #[error("user is already a member")]
    Member,
}

/// Which rule over several rows would be broken.
///
/// # Example
///
/// ```
/// use apikey_domain::error::Refusal;
///
/// let refusal = Refusal::OrganizationOwnsKeys(2);
/// assert_eq!(refusal.to_string(), "the organization still owns 2 api keys");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The platform would have no active admin left.
    #[error("the last active platform admin cannot be demoted, deactivated or deleted")]
    LastPlatformAdmin,
    /// The organization would have no admin left.
    #[error("the last admin of organization {0} cannot be demoted or removed")]
    LastOrganizationAdmin(PrincipalId),
    /// The organization still owns this many keys.
    #[error("the organization still owns {0} api keys")]
    OrganizationOwnsKeys(u64),
    /// The key was revoked, and nothing revives it.
    #[error("the api key is revoked")]
    KeyRevoked,
    /// The active credential of a key ends with the key, or when another takes its place.
    #[error("the active credential cannot be ended")]
    ActiveCredential,
    /// A request with the same idempotency key is under way.
    #[error("a request with this idempotency key is under way")]
    RequestUnderWay,
}

/// Why a call to a port failed.
///
/// # Example
///
/// ```
/// use apikey_domain::error::{PortError, Unique};
///
/// let error = PortError::Duplicate(Unique::KeyName);
/// assert_eq!(error.to_string(), "duplicate key name");
/// ```
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// A unique index already holds the value.
    #[error("duplicate {0}")]
    Duplicate(Unique),
    /// The user or principal a new row refers to does not exist any more.
    #[error("the owner does not exist")]
    OwnerGone,
    /// The right that the write rests on does not hold any more; nothing was changed.
    #[error(transparent)]
    Denied(Denied),
    /// A rule over several rows forbids it; nothing was changed.
    #[error(transparent)]
    Refused(Refusal),
    /// What is stored is not as the caller expects; nothing was changed.
    #[error("not as expected")]
    NotAsExpected,
    /// A value would break a rule, as it would be stored; nothing was changed.
    #[error(transparent)]
    Invalid(Invalid),
    /// A node of an earlier release is running, which does not know such a change;
    /// nothing was changed.
    #[error("upgrade all nodes first")]
    OlderNodes,
    /// Somebody has as many of something as they may have; nothing was changed.
    #[error(transparent)]
    TooMany(Bound),
    /// A search would read too much.
    #[error(transparent)]
    TooBroad(#[from] TooBroad),
    /// A stored value breaks the domain's rules; the text names the value and its
    /// row.
    #[error("corrupt row: {0}")]
    Corrupt(String),
    /// The store is unavailable. The outcome of a write is unknown.
    #[error("store unavailable")]
    Unavailable(#[source] Cause),
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unauthenticated => Self::Unauthenticated,
            Denied::KeyEnded => Self::KeyEnded,
            Denied::KeyDeactivated => Self::KeyDeactivated,
            Denied::Deactivated => Self::Deactivated,
            Denied::Forbidden(forbidden) => Self::Forbidden(forbidden),
            Denied::NotFound(missing) => Self::NotFound(missing),
        }
    }
}

impl From<PortError> for Error {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Denied(denied) => denied.into(),
            PortError::Refused(refusal) => Self::Conflict(refusal),
            PortError::NotAsExpected => Self::NotAsExpected,
            PortError::Invalid(invalid) => Self::Invalid(invalid),
            PortError::OlderNodes => Self::OlderNodes,
            PortError::TooMany(bound) => Self::TooMany(bound),
            PortError::TooBroad(too_broad) => Self::TooBroad(too_broad),
            PortError::Unavailable(cause) => Self::Unavailable(cause),
            // Use cases that expect the first two map them to their own errors;
            // anywhere else the adapter violated its contract.
            error @ (PortError::Duplicate(_) | PortError::OwnerGone | PortError::Corrupt(_)) => {
                Self::Internal(Box::new(error))
            }
        }
    }
}
