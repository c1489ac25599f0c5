//! Rows of sessions.

use super::context::RowContext;
use apikey_domain::{
    access::authority::CurrentSession,
    error::PortError,
    identifier::{SessionId, UserId},
    identity::{password::PasswordHash, session::Session},
};
use diesel::{QueryableByName, prelude::Queryable, sql_types::BigInt};

/// A session.
#[derive(Queryable)]
pub(crate) struct SessionRow {
    pub(crate) id: i64,
    pub(crate) user_id: i64,
    pub(crate) created_at: i64,
    pub(crate) last_used_at: i64,
    pub(crate) expires_at: i64,
}

/// Which session a row is of.
#[derive(QueryableByName)]
pub(crate) struct SessionIdRow {
    #[diesel(sql_type = BigInt)]
    pub(crate) id: i64,
}

// === impl SessionRow ===

impl TryFrom<SessionRow> for Session {
    type Error = PortError;

    fn try_from(row: SessionRow) -> Result<Self, PortError> {
        let context = RowContext {
            table: "sessions",
            id: row.id,
        };
        Ok(Self {
            id: SessionId(row.id),
            user_id: UserId(row.user_id),
            created_at: context.instant(row.created_at)?,
            last_used_at: context.instant(row.last_used_at)?,
            expires_at: context.instant(row.expires_at)?,
        })
    }
}

/// Converts the two parts of a row into a session with the hash that it rests on.
pub(crate) fn current_session(row: SessionRow, hash: String) -> Result<CurrentSession, PortError> {
    Ok(CurrentSession {
        session: row.try_into()?,
        password_hash: PasswordHash::new(hash),
    })
}
