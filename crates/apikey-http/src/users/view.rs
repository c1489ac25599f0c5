//! A user as JSON.

use apikey_domain::identity::user::{FullName, User};
use serde::Serialize;
use utoipa::ToSchema;

/// Where users come from in the words of GPUStack: there is no single sign-on here.
const LOCAL: &str = "Local";

/// A user as JSON. It contains no password, not even its hash.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserView<'a> {
    id: i64,
    username: &'a str,
    #[schema(required)]
    full_name: Option<&'a str>,
    is_admin: bool,
    is_active: bool,
    /// Whether it is a service account of the platform.
    is_system: bool,
    /// The principal of the user, which is another number than the user.
    principal_id: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    /// Whether they must change their password first.
    require_password_change: bool,
    /// GPUStack's console lets those change their password who come from nowhere else.
    source: &'static str,
    /// There are no pictures.
    #[schema(required)]
    avatar_url: Option<&'static str>,
}

impl<'a> UserView<'a> {
    /// Returns the view of a user.
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
            require_password_change: user.require_password_change,
            source: LOCAL,
            avatar_url: None,
        }
    }
}
