//! Rows of users.

use super::context::RowContext;
use apikey_domain::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::{
        password::PasswordHash,
        user::{User, UserCredential, Username},
    },
};
use diesel::prelude::Queryable;

/// A user.
#[derive(Queryable)]
pub(crate) struct UserRow {
    id: i64,
    principal_id: i64,
    username: String,
    full_name: Option<String>,
    is_admin: bool,
    is_active: bool,
    is_system: bool,
    require_password_change: bool,
    created_at: i64,
    updated_at: i64,
}

// === impl UserRow ===

impl TryFrom<UserRow> for User {
    type Error = PortError;

    fn try_from(row: UserRow) -> Result<Self, PortError> {
        let context = RowContext {
            table: "users",
            id: row.id,
        };
        Ok(Self {
            id: UserId(row.id),
            username: context.valid(Username::stored(row.username))?,
            full_name: context.full_name(row.full_name)?,
            is_admin: row.is_admin,
            is_active: row.is_active,
            is_system: row.is_system,
            require_password_change: row.require_password_change,
            principal_id: PrincipalId(row.principal_id),
            created_at: context.instant(row.created_at)?,
            updated_at: context.instant(row.updated_at)?,
        })
    }
}

/// Converts the two parts of a row into a user with their password hash.
pub(crate) fn user_credential(
    (user, hash): (UserRow, String),
) -> Result<UserCredential, PortError> {
    Ok(UserCredential {
        user: user.try_into()?,
        password_hash: PasswordHash::new(hash),
    })
}
