//! The payload of users.

use super::payload::Payload;
use crate::rows::RowContext;
use apikey_domain::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::user::{FullName, User, Username},
};
use serde::{Deserialize, Serialize};

/// The payload of a user. The fields that identify them, and that determine what they
/// may do, have no default.
#[derive(Serialize, Deserialize)]
pub(super) struct UserPayload {
    id: i64,
    principal_id: i64,
    username: String,
    #[serde(default)]
    full_name: Option<String>,
    is_admin: bool,
    is_active: bool,
    is_system: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    require_password_change: bool,
    #[serde(default)]
    created_at: i64,
    #[serde(default)]
    updated_at: i64,
}

// === impl UserPayload ===

impl Payload for UserPayload {
    type Subject = User;

    fn of(user: &User) -> Self {
        let full_name = user.full_name.as_ref().map(FullName::as_str);
        Self {
            id: user.id.0,
            principal_id: user.principal_id.0,
            username: user.username.as_str().to_owned(),
            full_name: full_name.map(str::to_owned),
            is_admin: user.is_admin,
            is_active: user.is_active,
            is_system: user.is_system,
            require_password_change: user.require_password_change,
            created_at: user.created_at.microseconds(),
            updated_at: user.updated_at.microseconds(),
        }
    }

    fn subject(self, event: &RowContext) -> Result<User, PortError> {
        Ok(User {
            id: UserId(self.id),
            username: event.valid(Username::stored(self.username))?,
            full_name: event.full_name(self.full_name)?,
            is_admin: self.is_admin,
            is_active: self.is_active,
            is_system: self.is_system,
            require_password_change: self.require_password_change,
            principal_id: PrincipalId(self.principal_id),
            created_at: event.instant(self.created_at)?,
            updated_at: event.instant(self.updated_at)?,
        })
    }
}
