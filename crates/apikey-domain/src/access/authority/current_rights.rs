//! What a store reads to judge a write.

use crate::{
    identifier::{ApiKeyId, PrincipalId, SessionId, UserId},
    identity::{
        organization::Standing, password::PasswordHash, session::Session, user::UserCredential,
    },
    key::{
        api_key::ApiKey,
        credential::{CredentialNumber, CredentialState},
        expiry::Expiry,
        rights::KeyRights,
    },
    timestamp::Timestamp,
};

/// What a right rests on, by id: what a store reads, and keeps from changing, to
/// judge a write.
///
/// # Example
///
/// ```
/// use apikey_domain::testing::fixture;
///
/// let context = fixture::in_principal(fixture::caller(1, 11), 40);
/// let grounds = fixture::by_tenant(&context, fixture::instant()).grounds().unwrap();
/// assert_eq!(grounds.user_id, fixture::user_id(1));
/// assert_eq!(grounds.principal_id, Some(fixture::principal_id(40)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grounds {
    /// The user.
    pub user_id: UserId,
    /// The key they authenticated with, if any.
    pub key_id: Option<ApiKeyId>,
    /// Which of its credentials they presented; the first one if they used none.
    pub credential: CredentialNumber,
    /// The session they authenticated with, if any.
    pub session_id: Option<SessionId>,
    /// The principal in which their standing counts, if any.
    pub principal_id: Option<PrincipalId>,
}

/// The rights for some [`Grounds`], as they are now. The default is none at all.
///
/// # Example
///
/// ```
/// use apikey_domain::access::authority::CurrentRights;
/// use apikey_domain::testing::fixture;
///
/// let rights = CurrentRights::of(&fixture::user_credential(1, 11));
/// assert!(rights.user.unwrap().is_active);
/// assert!(rights.key.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CurrentRights {
    /// The user; `None` if they do not exist.
    pub user: Option<CurrentUser>,
    /// The key; `None` if it does not exist, or none was asked about.
    pub key: Option<CurrentKey>,
    /// The session; `None` if it has ended, or none was asked about.
    pub session: Option<CurrentSession>,
    /// The user's standing in the principal; the default if none was asked about.
    pub standing: Standing,
}

/// A user, as far as rights rest on them.
///
/// # Example
///
/// ```
/// use apikey_domain::access::authority::CurrentUser;
/// use apikey_domain::testing::fixture;
///
/// assert!(!CurrentUser::of(&fixture::user_credential(1, 11)).is_admin);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentUser {
    /// Their id.
    pub id: UserId,
    /// Whether they administer the platform.
    pub is_admin: bool,
    /// Whether they may sign in.
    pub is_active: bool,
    /// Whether they must change their password before they do anything else.
    pub require_password_change: bool,
    /// The hash of their password.
    pub password_hash: PasswordHash,
}

/// A key, as far as rights rest on it.
///
/// # Example
///
/// ```
/// use apikey_domain::{access::authority::CurrentKey, key::credential::CredentialNumber};
/// use apikey_domain::testing::fixture;
///
/// let number = CredentialNumber::FIRST;
/// let key = CurrentKey::of(&fixture::api_key(7, "ci"), number);
/// assert_eq!(key.user_id, fixture::user_id(1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The user it belongs to.
    pub user_id: UserId,
    /// The principal on whose behalf it acts.
    pub owner_principal_id: PrincipalId,
    /// How much it may do.
    pub rights: KeyRights,
    /// Whether it is disabled or revoked.
    pub is_withdrawn: bool,
    /// What has become of the credential that was presented; `None` if the key has it no
    /// longer.
    pub credential: Option<CredentialState>,
}

/// A session, as far as rights rest on it.
///
/// # Example
///
/// ```
/// use apikey_domain::testing::fixture;
///
/// let current = fixture::current_session(5, 1);
/// assert!(current.session.is_live(fixture::instant()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentSession {
    /// The session.
    pub session: Session,
    /// The hash of the password that its user must have for it to last.
    pub password_hash: PasswordHash,
}

// === impl CurrentRights ===

impl CurrentRights {
    /// Returns the rights of a user with their password, in no other principal.
    pub fn of(stored: &UserCredential) -> Self {
        Self {
            user: Some(CurrentUser::of(stored)),
            ..Self::default()
        }
    }
}

// === impl CurrentUser ===

impl CurrentUser {
    /// Extracts the fields from a stored user.
    pub fn of(stored: &UserCredential) -> Self {
        Self {
            id: stored.user.id,
            is_admin: stored.user.is_admin,
            is_active: stored.user.is_active,
            require_password_change: stored.user.require_password_change,
            password_hash: stored.password_hash.clone(),
        }
    }
}

// === impl CurrentSession ===

impl CurrentSession {
    /// Returns whether this user has it: it is theirs, it has not expired at `at`, and they
    /// have the password that it rests on. Whether they are active is judged by itself.
    pub fn is_of(&self, user: &CurrentUser, at: Timestamp) -> bool {
        let session = &self.session;
        let rests_on_theirs = self.password_hash == user.password_hash;
        session.user_id == user.id && session.is_live(at) && rests_on_theirs
    }
}

// === impl CurrentKey ===

impl CurrentKey {
    /// Returns from when on it is refused with the credential that was presented, as far as
    /// that is known.
    pub fn ends_at(&self) -> Expiry {
        let ends_at = self.credential.and_then(CredentialState::ends_at);
        let ends_at = ends_at.map_or(Expiry::NEVER, Expiry::at);
        ends_at.min(self.rights.expires_at)
    }

    /// Extracts the fields from a stored key, of which this credential was presented.
    pub fn of(key: &ApiKey, number: CredentialNumber) -> Self {
        let credentials = key.credentials();
        let mut credentials = credentials.iter();
        Self {
            credential: credentials
                .find(|one| one.number == number)
                .map(|one| one.state),
            id: key.id,
            user_id: key.user_id,
            owner_principal_id: key.owner_principal_id,
            rights: KeyRights::of(key),
            is_withdrawn: key.withdrawal().is_in_force(),
        }
    }
}
