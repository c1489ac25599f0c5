//! Why statements and transactions fail.

use apikey_domain::error::{PortError, Unique};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use tokio_postgres::error::SqlState;

/// Why a job did not do what was requested.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The store refuses. A job that fails this way MUST NOT have written anything
    /// before.
    Refused(PortError),
    /// The database failed; what the job has written must be rolled back.
    Database(DieselError),
    /// The same, already mapped.
    Store(PortError),
}

// === impl Failure ===

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        match error {
            PortError::Duplicate(_) | PortError::Denied(_) | PortError::Refused(_) => {
                Self::Refused(error)
            }
            // After one of these PostgreSQL accepts no more statements in the
            // transaction, and turns its commit into a rollback.
            PortError::OwnerGone | PortError::Corrupt(_) | PortError::Unavailable(_) => {
                Self::Store(error)
            }
        }
    }
}

impl From<DieselError> for Failure {
    fn from(error: DieselError) -> Self {
        Self::Database(error)
    }
}

impl From<Failure> for PortError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) | Failure::Store(error) => error,
            Failure::Database(error) => from_diesel(error),
        }
    }
}

impl Failure {
    /// Returns whether the server turned out to be read-only.
    pub(crate) fn is_read_only(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            Self::Store(error) => is_read_only(error),
            Self::Database(error) => is_read_only_statement(error),
        }
    }

    /// Returns whether the same job may succeed if it is retried at once: two nodes
    /// deadlocked, or the transaction could not be serialized.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Database(DieselError::DatabaseError(
                DatabaseErrorKind::SerializationFailure,
                _
            ))
        ) || matches!(self, Self::Database(DieselError::DatabaseError(_, information))
            if information.message().contains("deadlock detected"))
    }
}

/// Maps a database error by its kind and constraint.
pub(crate) fn from_diesel(error: DieselError) -> PortError {
    match &error {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, information) => {
            match information.constraint_name().and_then(unique) {
                Some(unique) => PortError::Duplicate(unique),
                None => PortError::Unavailable(Box::new(error)),
            }
        }
        DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
            PortError::OwnerGone
        }
        DieselError::DeserializationError(cause) => PortError::Corrupt(cause.to_string()),
        _ => PortError::Unavailable(Box::new(error)),
    }
}

/// Returns what the unique index of this name protects.
fn unique(constraint: &str) -> Option<Unique> {
    match constraint {
        "api_keys_name_unique" => Some(Unique::KeyName),
        "api_keys_access_key_unique" => Some(Unique::AccessKey),
        "users_username_unique" => Some(Unique::Username),
        "organizations_slug_unique" => Some(Unique::Slug),
        "memberships_pkey" => Some(Unique::Member),
        _ => None,
    }
}

/// Returns whether the server refused a connection because there are too many.
pub(crate) fn is_connection_refused(error: &PortError) -> bool {
    has_code(error, &SqlState::TOO_MANY_CONNECTIONS)
}

/// Returns whether a statement failed because the server is read-only.
pub(crate) fn is_read_only(error: &PortError) -> bool {
    let is_statement = |error: &(dyn std::error::Error + 'static)| {
        error.downcast_ref().is_some_and(is_read_only_statement)
    };
    has_code(error, &SqlState::READ_ONLY_SQL_TRANSACTION) || causes(error).any(is_statement)
}

fn is_read_only_statement(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)
    )
}

fn has_code(error: &PortError, code: &SqlState) -> bool {
    causes(error).any(|error| {
        let error = error.downcast_ref::<tokio_postgres::Error>();
        error.and_then(tokio_postgres::Error::code) == Some(code)
    })
}

/// Returns an error and its causes, the outermost first.
fn causes<'a>(error: &'a PortError) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    let outermost: &'a (dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(outermost), |error| error.source())
}

/// Wraps a cause that is not a diesel error.
pub(crate) fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> PortError {
    PortError::Unavailable(cause.into())
}
