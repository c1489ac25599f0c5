//! On whose behalf a request acts.

use crate::{
    error::{Error, Forbidden, Missing},
    identifier::{ApiKeyId, PrincipalId},
    identity::{organization::Standing, user::User},
    key::{
        api_key::ApiKey,
        expiry::Expiry,
        scope::{Scope, ScopeSet},
        token::AccessKey,
    },
    timestamp::Timestamp,
};

/// Who makes a request, and how they showed it.
///
/// # Example
///
/// ```
/// use apikey_domain::key::scope::Scope;
/// use apikey_domain::testing::fixture;
///
/// let caller = fixture::caller(1, 11);
/// assert!(caller.require_scope(Scope::Management).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// The key they came with, unless they came with a password.
    pub key: Option<CallerKey>,
}

/// What counts of the key a caller came with.
///
/// # Example
///
/// ```
/// let key = apikey_domain::testing::fixture::caller_key(40, &["inference"]);
/// assert_eq!(key.owner_principal_id.0, 40);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerKey {
    /// Its number.
    pub id: ApiKeyId,
    /// Its public half.
    pub access_key: AccessKey,
    /// On whose behalf it acts.
    pub owner_principal_id: PrincipalId,
    /// What it may be used for.
    pub scope: ScopeSet,
    /// When it stops.
    pub expires_at: Expiry,
    /// When it was last used, to a minute.
    pub last_used_at: Option<Timestamp>,
}

impl CallerKey {
    /// What counts of `key`.
    pub fn of(key: ApiKey) -> Self {
        Self {
            id: key.id,
            access_key: key.access_key,
            owner_principal_id: key.owner_principal_id,
            scope: key.scope,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
        }
    }
}

impl Caller {
    /// Returns the caller that an active user is who came with no key.
    ///
    /// # Errors
    ///
    /// [`Error::Deactivated`].
    pub fn signed_in(user: &User) -> Result<Self, Error> {
        if !user.is_active {
            return Err(Error::Deactivated);
        }
        Ok(Self {
            user: user.clone(),
            key: None,
        })
    }

    /// Checks that a caller who came with a key came with one that grants
    /// `wanted`. A caller with a password may do all their user may.
    ///
    /// # Errors
    ///
    /// [`Forbidden::ManagementScope`] or [`Forbidden::InferenceScope`].
    pub fn require_scope(&self, wanted: Scope) -> Result<(), Forbidden> {
        match &self.key {
            Some(key) if !key.scope.grants(wanted) => Err(Forbidden::lacking(wanted)),
            _ => Ok(()),
        }
    }
}

/// The caller and the principal for which they act.
///
/// # Example
///
/// ```
/// use apikey_domain::testing::fixture;
///
/// let context = fixture::in_principal(fixture::caller(1, 11), 40);
/// assert_eq!(context.write_principal_id(), fixture::principal_id(40));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantContext {
    /// Who makes the request.
    pub caller: Caller,
    /// The current principal; `None` for a platform admin across all
    /// organizations.
    pub current_principal_id: Option<PrincipalId>,
}

impl TenantContext {
    /// Where a write lands: the current principal, or the caller's own.
    pub fn write_principal_id(&self) -> PrincipalId {
        self.current_principal_id
            .unwrap_or(self.caller.user.principal_id)
    }
}

/// Whether it depends on how `user` stands towards the principal `id` that they
/// may act for it.
pub(crate) fn depends_on_standing(user: &User, id: PrincipalId) -> bool {
    id != user.principal_id && !user.is_system
}

/// Whether `user` may act for the principal `id`: also the rule for the keys of
/// `user` that `id` owns.
pub(crate) fn check_may_act_for(
    user: &User,
    id: PrincipalId,
    standing: Standing,
) -> Result<(), Error> {
    if !depends_on_standing(user, id) {
        return Ok(());
    }
    if standing.role.is_none() && !user.is_admin {
        return Err(Forbidden::NotAMember(id).into());
    }
    if !standing.is_organization {
        return Err(Missing::Organization(id).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identity::organization::Role, testing::fixture};

    #[test]
    fn standing_decides_as_the_table_says() {
        let stranger = Standing {
            is_organization: true,
            role: None,
        };
        let member = Standing {
            is_organization: true,
            role: Some(Role::User),
        };
        let nothing = Standing {
            is_organization: false,
            role: None,
        };
        let id = PrincipalId(40);
        let user = fixture::user(1, 11);
        let admin = User {
            is_admin: true,
            ..user.clone()
        };
        let answer = |user: &User, standing| match check_may_act_for(user, id, standing) {
            Ok(()) => "allowed".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(answer(&user, member), "allowed");
        assert_eq!(answer(&user, stranger), "not a member of organization 40");
        assert_eq!(answer(&user, nothing), "not a member of organization 40");
        assert_eq!(answer(&admin, stranger), "allowed");
        assert_eq!(answer(&admin, nothing), "organization 40 not found");
    }
}
