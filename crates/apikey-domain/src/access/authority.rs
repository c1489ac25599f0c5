//! What a write rests on, and the one rule that judges it again.
//!
//! A request is checked when it arrives, but its body may take seconds, and the
//! right it came with may end meanwhile. So every write carries an [`Authority`],
//! and a store judges it inside the transaction that makes the change, with what
//! the store holds at that moment. Specified under "Rights that end meanwhile" in
//! `docs/architecture.md`.

mod current_rights;

use crate::{
    access::{
        attribution::Attribution,
        policy::require_organization_admin,
        tenant::{
            Caller, CallerKey, Credential, TenantContext, check_may_act_for, depends_on_standing,
        },
    },
    error::{Denied, Forbidden},
    identifier::{PrincipalId, SessionId, UserId},
    identity::{
        organization::{Role, Standing},
        password::PasswordHash,
        user::User,
    },
    key::credential::CredentialNumber,
    timestamp::Timestamp,
};
pub use current_rights::{CurrentKey, CurrentRights, CurrentSession, CurrentUser, Grounds};
use std::time::Duration;

/// Who writes, when, and the rights they had when their request was checked.
///
/// Only use cases make that of a caller, after they judged it. A store gets the
/// [`Attribution`] that its events need from [`Authority::judge`]
/// alone, so it cannot record a change that it did not judge.
///
/// # Example
///
/// ```
/// use apikey_domain::access::authority::{Authority, CurrentRights};
/// use apikey_domain::testing::fixture;
///
/// let now = fixture::instant();
/// let by = fixture::by(&fixture::caller(1, 11), now);
/// let mut rights = CurrentRights::of(&fixture::user_credential(1, 11));
/// assert!(by.judge(&rights).is_ok());
/// rights.user.as_mut().unwrap().is_active = false;
/// assert_eq!(by.judge(&rights).unwrap_err().to_string(), "user account is deactivated");
/// assert!(Authority::service(now).judge(&CurrentRights::default()).is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct Authority {
    attribution: Attribution,
    /// `None` for the service itself, which needs no right.
    basis: Option<Basis>,
}

/// What the right of a caller rests on.
#[derive(Clone, Debug)]
struct Basis {
    /// The caller as they were when the request was checked.
    caller: Caller,
    /// A password that they gave in the request, beside what they authenticated with.
    password: Option<PasswordHash>,
    principal: Option<Standpoint>,
    /// Whether what they write is bounded by what their key allows.
    is_bounded_by_key: bool,
    /// Whether it is what they may do before they have changed their password.
    is_before_password_change: bool,
}

/// In which principal the caller needs a standing, and for what.
#[derive(Clone, Copy, Debug)]
enum Standpoint {
    /// They act for it, and had this role there.
    ActsFor(PrincipalId, Option<Role>),
    /// They administer its members.
    Administers(PrincipalId),
}

// === impl Authority ===

impl Authority {
    /// Returns the authority of the service itself, at this time: for what no caller asks
    /// for, such as what a store does on its own. Nothing is judged.
    pub fn service(at: Timestamp) -> Self {
        Self {
            attribution: Attribution::system(at),
            basis: None,
        }
    }

    /// Returns the authority of a caller who acts for nobody else: on the platform,
    /// or on their own account.
    pub(crate) fn of(caller: &Caller, at: Timestamp) -> Self {
        Self::resting_on(caller, None, at)
    }

    /// Returns the authority of a caller who acts for a principal.
    pub(crate) fn in_tenant(context: &TenantContext, at: Timestamp) -> Self {
        let caller = &context.caller;
        let id = context
            .current_principal_id
            .filter(|id| depends_on_standing(&caller.user, *id));
        let standpoint = id.map(|id| Standpoint::ActsFor(id, context.current_role));
        Self::resting_on(caller, standpoint, at)
    }

    /// Returns the authority of a caller who manages the members of an organization.
    pub(crate) fn over_members(
        caller: &Caller,
        organization_id: PrincipalId,
        at: Timestamp,
    ) -> Self {
        let standpoint = Standpoint::Administers(organization_id);
        Self::resting_on(caller, Some(standpoint), at)
    }

    /// Adds that the caller gave their password in the request, which had this hash
    /// when it was verified.
    pub(crate) fn with_password(mut self, hash: PasswordHash) -> Self {
        if let Some(basis) = &mut self.basis {
            basis.password = Some(hash);
        }
        self
    }

    /// Adds whether what is written is bounded by what the key of the caller allows, which
    /// must then be as much as before.
    pub(crate) fn bounded_by_key(mut self, is_bounded: bool) -> Self {
        if let Some(basis) = &mut self.basis {
            basis.is_bounded_by_key = is_bounded;
        }
        self
    }

    /// Adds that this is what a user may do who must change their password first.
    pub(crate) fn before_password_change(mut self) -> Self {
        if let Some(basis) = &mut self.basis {
            basis.is_before_password_change = true;
        }
        self
    }

    /// Returns the session that stays when this user gets another password: the one with
    /// which they change it themselves.
    pub fn kept_session(&self, id: UserId) -> Option<SessionId> {
        let caller = &self.basis.as_ref()?.caller;
        let is_own = caller.user.id == id;
        caller.credential.session().filter(|_| is_own)
    }

    /// Returns the time of the write.
    pub fn at(&self) -> Timestamp {
        self.attribution.at
    }

    /// Returns what a store must read to judge the authority; `None` for the service
    /// itself, which needs no right.
    pub fn grounds(&self) -> Option<Grounds> {
        let basis = self.basis.as_ref()?;
        Some(Grounds {
            user_id: basis.caller.user.id,
            key_id: basis.caller.key().map(|key| key.id),
            credential: basis
                .caller
                .key()
                .map_or(CredentialNumber::FIRST, CallerKey::credential),
            session_id: basis.caller.credential.session(),
            principal_id: basis.principal.map(Standpoint::id),
        })
    }

    /// Judges the authority by the rights that the caller has now, which `current`
    /// has for the [`grounds`](Self::grounds). Returns to whom the write is
    /// attributed.
    ///
    /// # Errors
    ///
    /// What the caller would be refused with if their request came now, if any of
    /// this has ended: the user, their being active, the password, session or key they
    /// authenticated with, any scope of that key, what else of it bounds the write, its
    /// owner, their administering the platform, their standing in the principal they act
    /// for. Rights that are the same or more never refuse.
    pub fn judge(&self, current: &CurrentRights) -> Result<Attribution, Denied> {
        self.judge_after(Duration::ZERO, current)
    }

    /// Judges the authority of a write that has waited meanwhile, for other writes or
    /// for a lock: a key that has expired by now has no right.
    ///
    /// # Errors
    ///
    /// As [`judge`](Self::judge).
    pub fn judge_after(
        &self,
        waited: Duration,
        current: &CurrentRights,
    ) -> Result<Attribution, Denied> {
        if let Some(basis) = &self.basis {
            basis.check(current, self.attribution.at.plus(waited))?;
        }
        Ok(self.attribution)
    }

    /// Returns an authority that is not judged, for tests of what is recorded.
    #[cfg(feature = "testing")]
    pub(crate) fn unjudged(attribution: Attribution) -> Self {
        Self {
            attribution,
            basis: None,
        }
    }

    fn resting_on(caller: &Caller, principal: Option<Standpoint>, at: Timestamp) -> Self {
        Self {
            attribution: Attribution::of(caller, at),
            basis: Some(Basis {
                caller: caller.clone(),
                password: None,
                principal,
                is_bounded_by_key: false,
                is_before_password_change: false,
            }),
        }
    }
}

// === impl Basis ===

impl Basis {
    /// The rule. The order is that of the checks of a request.
    fn check(&self, current: &CurrentRights, at: Timestamp) -> Result<(), Denied> {
        let seen = &self.caller.user;
        let user = current.user.as_ref().filter(|user| user.id == seen.id);
        let user = match &self.caller.credential {
            Credential::Password(hash) => check_password(hash, user),
            Credential::Session(id) => check_session(*id, user, current.session.as_ref(), at),
            Credential::Key(key) => check_key(key, user, current.key.as_ref(), at),
        }?;
        if let (Credential::Key(seen), Some(key)) = (&self.caller.credential, &current.key)
            && self.is_bounded_by_key
            && let Some(excess) = seen.rights.excess_over(&key.rights)
        {
            return Err(Forbidden::ExceedsOwnKey(excess).into());
        }
        let given = self.password.as_ref();
        if given.is_some_and(|hash| user.password_hash != *hash) {
            return Err(Denied::Unauthenticated);
        }
        let is_key = self.caller.key().is_some();
        if user.require_password_change && !is_key && !self.is_before_password_change {
            return Err(Forbidden::PasswordChangeRequired.into());
        }
        if seen.is_admin && !user.is_admin {
            return Err(Forbidden::PlatformAdminsOnly.into());
        }
        let user = User {
            is_admin: user.is_admin,
            ..seen.clone()
        };
        let credential = self.caller.credential.clone();
        self.check_standing(&Caller { user, credential }, current.standing)
    }

    /// Checks the standing of the caller, as they are now.
    fn check_standing(&self, caller: &Caller, standing: Standing) -> Result<(), Denied> {
        match self.principal {
            None => Ok(()),
            Some(Standpoint::Administers(id)) => require_organization_admin(caller, id, standing),
            Some(Standpoint::ActsFor(id, role)) => {
                check_may_act_for(&caller.user, id, standing)?;
                let is_demoted = role == Some(Role::Admin) && standing.role != role;
                if is_demoted && !caller.user.is_admin {
                    return Err(Forbidden::OrganizationAdminsOnly(id).into());
                }
                Ok(())
            }
        }
    }
}

impl Standpoint {
    fn id(self) -> PrincipalId {
        match self {
            Self::ActsFor(id, _) | Self::Administers(id) => id,
        }
    }
}

/// Checks that the user is active and has the password they signed in with.
fn check_password<'u>(
    seen: &PasswordHash,
    user: Option<&'u CurrentUser>,
) -> Result<&'u CurrentUser, Denied> {
    let user = user.filter(|user| user.password_hash == *seen);
    active(user)
}

/// Checks that the session has not ended, and that its user is active and has the password
/// that they began it with, or changed in it.
fn check_session<'u>(
    seen: SessionId,
    user: Option<&'u CurrentUser>,
    current: Option<&CurrentSession>,
    at: Timestamp,
) -> Result<&'u CurrentUser, Denied> {
    let current = current.filter(|current| current.session.id == seen);
    active(user.filter(|user| current.is_some_and(|current| current.is_of(user, at))))
}

fn active(user: Option<&CurrentUser>) -> Result<&CurrentUser, Denied> {
    let user = user.ok_or(Denied::Unauthenticated)?;
    if user.is_active {
        Ok(user)
    } else {
        Err(Denied::Deactivated)
    }
}

/// Checks that the user is active and that the key exists, is theirs, still has the
/// credential that was presented, is neither disabled, revoked nor expired, has the owner it had, and grants what it granted.
fn check_key<'u>(
    seen: &CallerKey,
    user: Option<&'u CurrentUser>,
    key: Option<&CurrentKey>,
    at: Timestamp,
) -> Result<&'u CurrentUser, Denied> {
    let user = user.ok_or(Denied::KeyEnded)?;
    let is_it = |key: &&CurrentKey| key.id == seen.id && key.user_id == user.id;
    let key = key.filter(is_it).ok_or(Denied::KeyEnded)?;
    let has_credential = key.credential.is_some_and(|state| state.is_usable(at));
    if !has_credential || key.is_withdrawn || key.rights.expires_at.has_passed(at) {
        return Err(Denied::KeyEnded);
    }
    if !user.is_active {
        return Err(Denied::KeyDeactivated);
    }
    if key.owner_principal_id != seen.owner_principal_id {
        return Err(Forbidden::KeyOfAnotherPrincipal.into());
    }
    match key.rights.scope.lacks(seen.rights.scope) {
        Some(scope) => Err(Forbidden::lacking(scope).into()),
        None => Ok(user),
    }
}
