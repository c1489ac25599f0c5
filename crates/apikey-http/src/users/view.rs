//! A user, as clients see them.

use apikey_domain::identity::user::{FullName, User};
use serde::Serialize;

/// A user, as clients see them: nothing of the password, not even its hash.
#[derive(Serialize)]
pub(crate) struct UserView<'a> {
    id: i64,
    username: &'a str,
    full_name: Option<&'a str>,
    is_admin: bool,
    is_active: bool,
    is_system: bool,
    principal_id: i64,
    created_at: String,
    updated_at: String,
}

impl<'a> UserView<'a> {
    /// The user.
    pub(crate) fn of(user: &'a User) -> Self {
        Self {
            id: user.id.0,
            username: user.username.as_str(),
            full_name: user.full_name.as_ref().map(FullName::as_str),
            is_admin: user.is_admin,
            is_active: user.is_active,
            is_system: user.is_system,
            principal_id: user.principal_id.0,
            created_at: user.created_at.to_rfc3339(),
            updated_at: user.updated_at.to_rfc3339(),
        }
    }
}
