//! Who makes a request, and on whose behalf.

use crate::{
    error::{Denied, Forbidden, Missing},
    gpustack::Scope,
    identifier::{ApiKeyId, PrincipalId, SessionId},
    identity::{
        organization::{Role, Standing},
        password::PasswordHash,
        user::{User, UserCredential},
    },
    key::{
        api_key::ApiKey,
        credential::{CredentialNumber, KnownCredential},
        rights::KeyRights,
        token::AccessKey,
    },
    timestamp::Timestamp,
};

/// Who makes a request, and how they authenticated.
///
/// Only authentication makes one
/// ([with a password](crate::use_case::identity::sign_in::with_password),
/// [with a key](crate::use_case::keys::authenticate::with_key)), so whoever has one has
/// been authenticated. Tests make them with `testing::fixture`.
///
/// # Example
///
/// ```
/// use apikey_domain::gpustack::Scope;
/// use apikey_domain::testing::fixture;
///
/// let caller = fixture::caller(1, 11);
/// assert!(caller.require_scope(Scope::Management).is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub(crate) user: User,
    pub(crate) credential: Credential,
}

/// What a caller authenticated with, as it was when they did.
///
/// # Example
///
/// ```
/// use apikey_domain::access::tenant::Credential;
/// use apikey_domain::testing::fixture;
///
/// let credential = Credential::Key(fixture::caller_key(40, &["inference"]));
/// assert_eq!(credential.key().unwrap().id.0, 5);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// The password of the user, which had this hash.
    Password(PasswordHash),
    /// A session, which the user began with their password.
    Session(SessionId),
    /// A key.
    Key(CallerKey),
}

/// The key a caller authenticated with.
///
/// # Example
///
/// ```
/// let key = apikey_domain::testing::fixture::caller_key(40, &["inference"]);
/// assert_eq!(key.owner_principal_id.0, 40);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Which of its credentials they presented, if it ever had another one.
    pub rotated: Option<KnownCredential>,
    /// The public half of its active credential.
    pub access_key: AccessKey,
    /// The principal on whose behalf it acts.
    pub owner_principal_id: PrincipalId,
    /// How much it may do.
    pub rights: KeyRights,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl CallerKey {
    /// Extracts the fields from `key`, of which this credential was presented.
    pub fn of(key: ApiKey, number: CredentialNumber) -> Self {
        let credential = key.rotated(number);
        Self {
            id: key.id,
            last_used_at: credential.map_or(key.last_used_at, |one| one.last_used_at),
            rotated: credential.map(KnownCredential::of),
            rights: KeyRights::of(&key),
            access_key: key.access_key,
            owner_principal_id: key.owner_principal_id,
        }
    }

    /// Returns the number of the credential that they presented.
    pub fn credential(&self) -> CredentialNumber {
        let rotated = self.rotated;
        rotated.map_or(CredentialNumber::FIRST, |one| one.number)
    }
}

impl Credential {
    /// Returns the key, unless it is something else.
    pub fn key(&self) -> Option<&CallerKey> {
        match self {
            Self::Key(key) => Some(key),
            Self::Password(_) | Self::Session(_) => None,
        }
    }

    /// Returns the session, unless it is something else.
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::Session(id) => Some(*id),
            Self::Password(_) | Self::Key(_) => None,
        }
    }
}

impl Caller {
    /// Returns the caller for a user who authenticated with their password.
    ///
    /// # Errors
    ///
    /// [`Denied::Deactivated`] if the user is not active.
    pub(crate) fn with_password(stored: &UserCredential) -> Result<Self, Denied> {
        let credential = Credential::Password(stored.password_hash.clone());
        Self::new(stored.user.clone(), credential)
    }

    /// Returns the caller for a user who authenticated with a session of theirs.
    ///
    /// # Errors
    ///
    /// [`Denied::Deactivated`] if the user is not active.
    #[cfg(feature = "server")]
    pub(crate) fn with_session(user: User, id: SessionId) -> Result<Self, Denied> {
        Self::new(user, Credential::Session(id))
    }

    /// Returns the caller for a user who authenticated with a key of theirs.
    ///
    /// # Errors
    ///
    /// [`Denied::Deactivated`] if the user is not active.
    pub(crate) fn with_key(user: User, key: CallerKey) -> Result<Self, Denied> {
        Self::new(user, Credential::Key(key))
    }

    fn new(user: User, credential: Credential) -> Result<Self, Denied> {
        if !user.is_active {
            return Err(Denied::Deactivated);
        }
        Ok(Self { user, credential })
    }

    /// Returns the user, as they were when they authenticated.
    pub fn user(&self) -> &User {
        &self.user
    }

    /// Returns what they authenticated with.
    pub fn credential(&self) -> &Credential {
        &self.credential
    }

    /// Returns the key they authenticated with; `None` if they used a password, or a
    /// session, which is as good.
    pub fn key(&self) -> Option<&CallerKey> {
        self.credential.key()
    }

    /// Checks that the key of a caller grants `wanted`. A caller with a password or a
    /// session may do everything their user may, unless they must change it first.
    ///
    /// # Errors
    ///
    /// [`Forbidden::ManagementScope`], [`Forbidden::InferenceScope`] or
    /// [`Forbidden::PasswordChangeRequired`].
    pub fn require_scope(&self, wanted: Scope) -> Result<(), Forbidden> {
        match self.key() {
            Some(key) if !key.rights.scope.grants(wanted) => Err(Forbidden::lacking(wanted)),
            Some(_) => Ok(()),
            None if self.user.require_password_change => Err(Forbidden::PasswordChangeRequired),
            None => Ok(()),
        }
    }
}

/// The caller and the principal they act for.
///
/// Only [`resolve_tenant`](crate::use_case::resolve_tenant::resolve_tenant) makes one, so
/// whoever has one may act for that principal. Tests make them with `testing::fixture`.
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
    pub(crate) caller: Caller,
    pub(crate) current_principal_id: Option<PrincipalId>,
    pub(crate) current_role: Option<Role>,
}

impl TenantContext {
    /// Returns who makes the request.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Returns the current principal; `None` for a platform admin across all
    /// organizations.
    pub fn current_principal_id(&self) -> Option<PrincipalId> {
        self.current_principal_id
    }

    /// Returns the role of the caller there, if the principal is an organization they
    /// belong to.
    pub fn current_role(&self) -> Option<Role> {
        self.current_role
    }

    /// Returns the principal that writes apply to: the current principal, or the
    /// caller's own.
    pub fn write_principal_id(&self) -> PrincipalId {
        self.current_principal_id
            .unwrap_or(self.caller.user.principal_id)
    }
}

/// Returns whether the right of `user` to act for the principal `id` depends on
/// their standing in it.
pub(crate) fn depends_on_standing(user: &User, id: PrincipalId) -> bool {
    id != user.principal_id && !user.is_system
}

/// Checks that `user` may act for the principal `id`. The same rule decides about
/// the keys of `user` that `id` owns.
pub(crate) fn check_may_act_for(
    user: &User,
    id: PrincipalId,
    standing: Standing,
) -> Result<(), Denied> {
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
    use crate::testing::fixture;

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
        let outcome = |user: &User, standing| match check_may_act_for(user, id, standing) {
            Ok(()) => "allowed".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(outcome(&user, member), "allowed");
        assert_eq!(outcome(&user, stranger), "not a member of organization 40");
        assert_eq!(outcome(&user, nothing), "not a member of organization 40");
        assert_eq!(outcome(&admin, stranger), "allowed");
        assert_eq!(outcome(&admin, nothing), "organization 40 not found");
    }
}
