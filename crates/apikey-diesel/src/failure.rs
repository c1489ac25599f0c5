//! Why statements and transactions fail.

use apikey_domain::error::{PortError, Unique};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
#[cfg(feature = "postgres")]
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
            PortError::Duplicate(_)
            | PortError::Denied(_)
            | PortError::Refused(_)
            | PortError::NotAsExpected
            | PortError::Invalid(_)
            | PortError::OlderNodes
            | PortError::TooMany(_)
            | PortError::TooBroad(_) => Self::Refused(error),
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
        DieselError::DatabaseError(kind, information)
            if will_come_again(kind, information.message()) =>
        {
            PortError::Corrupt(error.to_string())
        }
        _ => PortError::Unavailable(Box::new(error)),
    }
}

/// What a database says of a statement that fails each time, until someone changes the
/// schema, the rights of the role, or the encoding. A server with messages in another
/// language is not recognized: its errors count as temporary.
const LASTING: [&str; 10] = [
    "has no equivalent in encoding",
    "invalid byte sequence for encoding",
    "value too long for type",
    "out of range",
    "index row",
    "does not exist",
    "permission denied for",
    "no such table",
    "no such column",
    "too big",
];

/// Returns whether the same statement fails again, however often it is tried.
fn will_come_again(kind: &DatabaseErrorKind, message: &str) -> bool {
    match kind {
        DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::RestrictViolation
        | DatabaseErrorKind::ExclusionViolation => true,
        DatabaseErrorKind::Unknown => LASTING.iter().any(|lasting| message.contains(lasting)),
        _ => false,
    }
}

/// Returns what the unique index of this name protects.
fn unique(constraint: &str) -> Option<Unique> {
    match constraint {
        "api_keys_name_unique" | "api_keys_name_held" => Some(Unique::KeyName),
        "api_keys_access_key_unique" | "api_key_credentials_access_key_unique" => {
            Some(Unique::AccessKey)
        }
        "users_username_unique" => Some(Unique::Username),
        "organizations_slug_unique" => Some(Unique::Slug),
        "memberships_pkey" => Some(Unique::Member),
        _ => None,
    }
}

/// Returns whether the server refused a connection because there are too many.
#[cfg(feature = "postgres")]
pub(crate) fn is_connection_refused(error: &PortError) -> bool {
    has_code(error, &SqlState::TOO_MANY_CONNECTIONS)
}

/// Returns whether a statement failed because the server is read-only.
pub(crate) fn is_read_only(error: &PortError) -> bool {
    let is_statement = |error: &(dyn std::error::Error + 'static)| {
        error.downcast_ref().is_some_and(is_read_only_statement)
    };
    #[cfg(feature = "postgres")]
    if has_code(error, &SqlState::READ_ONLY_SQL_TRANSACTION) {
        return true;
    }
    causes(error).any(is_statement)
}

fn is_read_only_statement(error: &DieselError) -> bool {
    matches!(
        error,
        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)
    )
}

#[cfg(feature = "postgres")]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestDatabase;
    use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

    #[tokio::test]
    async fn an_error_that_comes_again_is_not_temporary() {
        let database = TestDatabase::postgres().await.unwrap();
        let mut postgres = crate::postgres::fresh::connection(&database).await;
        let database = TestDatabase::sqlite().await.unwrap();
        let mut sqlite = crate::sqlite::fresh::connection(&database).await;
        for statement in [
            "SELECT missing FROM users",
            "SELECT id FROM nowhere",
            "INSERT INTO write_proof (id, number) VALUES (2, 0)",
            "UPDATE write_proof SET number = NULL",
        ] {
            let run = diesel::sql_query(statement).execute(&mut *postgres).await;
            let on_postgres = from_diesel(run.unwrap_err());
            let run = diesel::sql_query(statement).execute(&mut *sqlite).await;
            for error in [on_postgres, from_diesel(run.unwrap_err())] {
                assert!(
                    matches!(error, PortError::Corrupt(_)),
                    "{statement}: {error:?}"
                );
            }
        }
        let limit = "SET statement_timeout = 50";
        postgres.batch_execute(limit).await.unwrap();
        let run = diesel::sql_query("SELECT pg_sleep(1)");
        let late = from_diesel(run.execute(&mut *postgres).await.unwrap_err());
        assert!(matches!(late, PortError::Unavailable(_)), "{late:?}");
    }
}
