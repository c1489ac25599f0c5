//! The policies: who may see, change and administer what.
//!
//! Specified under "List", "Change", "`/v2/users`", "`/v2/organizations`" and
//! "Members" in `docs/api.md`. The rules are values: a filter or a reach becomes
//! part of the query, so that nothing outside it is ever read.
//! `tests/policy_matrix.rs` prints them as a table.

mod administration;
pub mod last_admin;
mod own_account;

use crate::{
    access::tenant::TenantContext,
    identifier::{PrincipalId, UserId},
    identity::{
        organization::{Role, Standing},
        user::User,
    },
    invalid::Invalid,
    key::api_key::ApiKey,
    listing::SearchTerm,
};
pub use administration::{require_organization_admin, require_personal, require_platform_admin};
pub use own_account::{OwnOrganizations, require_not_own_password_by_key};

/// Which keys a caller may change or delete. Each field that is set must match.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::KeyReach;
/// use apikey_domain::testing::fixture;
///
/// let reach = KeyReach::of(&fixture::everywhere(fixture::admin(9, 19)));
/// assert_eq!(reach, KeyReach { user_id: None, owner_principal_id: None });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyReach {
    /// Only keys of this user.
    pub user_id: Option<UserId>,
    /// Only keys owned by this principal.
    pub owner_principal_id: Option<PrincipalId>,
}

impl KeyReach {
    /// Returns the reach of a caller: their own keys, or every key for a platform
    /// admin; if there is a current principal, only the keys it owns.
    pub fn of(context: &TenantContext) -> Self {
        let user = &context.caller.user;
        Self {
            user_id: (!user.is_admin).then_some(user.id),
            owner_principal_id: context.current_principal_id,
        }
    }

    /// Returns whether `key` lies within the reach.
    pub fn admits(&self, key: &ApiKey) -> bool {
        self.user_id.is_none_or(|id| id == key.user_id)
            && self
                .owner_principal_id
                .is_none_or(|id| id == key.owner_principal_id)
    }
}

/// Whose keys to list.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::UserSelection;
/// use apikey_domain::testing::fixture;
///
/// let alice = fixture::user(1, 11);
/// assert_eq!(UserSelection::parse(&alice, Some("*")).unwrap(), UserSelection::Own);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserSelection {
    /// The caller's own keys.
    Own,
    /// The keys of all users.
    Everyone,
    /// The keys of one user.
    One(UserId),
}

impl UserSelection {
    /// Parses the `user_id` of a query. Only a platform admin can list the keys
    /// of others; for everyone else the text is ignored.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `user_id` if an admin passes neither an integer nor `*`.
    pub fn parse(user: &User, text: Option<&str>) -> Result<Self, Invalid> {
        match text {
            Some(text) if user.is_admin => match text {
                "*" => Ok(Self::Everyone),
                number => number
                    .trim()
                    .parse()
                    .map(|id| Self::One(UserId(id)))
                    .map_err(|_| Invalid::new("user_id", "must be an integer or '*'")),
            },
            _ => Ok(Self::Own),
        }
    }
}

/// Which keys a list or a watch shows. Keys of system users are never shown.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::{ApiKeyFilter, UserSelection};
/// use apikey_domain::testing::fixture;
///
/// let context = fixture::in_principal(fixture::caller(1, 11), 40);
/// let filter = ApiKeyFilter::new(&context, UserSelection::Own, None);
/// assert!(!filter.admits(&fixture::api_key(7, "ci")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyFilter {
    /// Only keys of this user.
    pub user_id: Option<UserId>,
    /// Only keys owned by this principal.
    pub owner_principal_id: Option<PrincipalId>,
    /// Only keys whose name contains this term.
    pub search: Option<SearchTerm>,
}

impl ApiKeyFilter {
    /// Returns the filter for the keys of the selected user; if there is a
    /// current principal, only for those it owns.
    pub fn new(
        context: &TenantContext,
        selection: UserSelection,
        search: Option<SearchTerm>,
    ) -> Self {
        Self {
            user_id: match selection {
                UserSelection::Own => Some(context.caller.user.id),
                UserSelection::Everyone => None,
                UserSelection::One(id) => Some(id),
            },
            owner_principal_id: context.current_principal_id,
            search,
        }
    }

    /// Returns whether the list shows `key`.
    pub fn admits(&self, key: &ApiKey) -> bool {
        let within = KeyReach {
            user_id: self.user_id,
            owner_principal_id: self.owner_principal_id,
        };
        !key.user_is_system
            && within.admits(key)
            && self
                .search
                .as_ref()
                .is_none_or(|term| term.is_in(key.name.as_str()))
    }
}

/// Returns whether the name and id of a key may be disclosed to a user who tried
/// to take its access key: to the key's user, a platform admin, and an admin of
/// the organization that owns it. The decision depends on the user, not on the
/// credentials they used, as the recorded cases of GPUStack require.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::Standing;
/// use apikey_domain::access::policy::may_disclose;
/// use apikey_domain::testing::fixture;
///
/// let stranger = Standing { is_organization: true, role: None };
/// let key = fixture::api_key(7, "ci");
/// assert!(!may_disclose(&key, &fixture::user(2, 12), stranger));
/// ```
pub fn may_disclose(key: &ApiKey, user: &User, standing: Standing) -> bool {
    let administers_owner = standing.is_organization && standing.role == Some(Role::Admin);
    user.is_admin || user.id == key.user_id || administers_owner
}
