//! Managing one's own account.

use crate::{
    access::{
        policy::{OwnOrganizations, require_personal},
        tenant::Caller,
    },
    error::Error,
    identity::{
        organization::Organization,
        password::{PasswordHash, PlainPassword},
        sign_in::Address,
        user::{FullName, User},
    },
    invalid::Invalid,
    listing::Window,
    port::clock::judging_now,
    use_case::{
        identity::{
            manage_organizations, manage_users,
            password_check::{self, Given, Purpose},
        },
        pieces::Pieces,
        ports::IdentityPorts,
        resolve_tenant::check_standing,
    },
};

/// Changes to one's own account; absent fields stay as they are.
#[derive(Debug, Default)]
pub struct UpdateOwnAccount {
    /// The new full name, or `Some(None)` to remove it.
    pub full_name: Option<Option<FullName>>,
    /// The new password.
    pub password: Option<PlainPassword>,
    /// The current password, required to change it.
    pub current_password: Option<PlainPassword>,
}

/// Returns the caller's own account.
///
/// # Errors
///
/// Those of [`check_standing`].
pub async fn get_own_account(caller: &Caller, ports: &IdentityPorts) -> Result<User, Error> {
    check_standing(caller, &*ports.directory).await?;
    Ok(caller.user.clone())
}

/// Updates the caller's own account. A new password requires the current one, so
/// that a hijacked session cannot take over the account.
///
/// # Errors
///
/// [`Error::Forbidden`] for a caller with an organization's key;
/// [`Error::Invalid`] for a weak password or a wrong current one;
/// [`Error::Throttled`] after too many wrong ones.
pub async fn update_own_account(
    caller: &Caller,
    ports: &IdentityPorts,
    request: UpdateOwnAccount,
    address: Address,
) -> Result<User, Error> {
    require_personal(caller)?;
    let mut current = None;
    if let Some(password) = &request.password {
        // Before anything is hashed.
        password.check_strength()?;
        let given = request.current_password;
        current = Some(check_current_password(caller, ports, given, address).await?);
    }
    let changes = manage_users::UpdateUser {
        password: request.password,
        full_name: request.full_name,
        ..manage_users::UpdateUser::default()
    };
    manage_users::change_user(caller, ports, caller.user.id, changes, current).await
}

/// Lists the organizations the caller belongs to; with the key of an organization,
/// only that one.
///
/// # Errors
///
/// Those of [`OwnOrganizations::of`], of [`check_standing`] and of the directory.
pub async fn list_own_organizations(
    caller: &Caller,
    ports: &IdentityPorts,
    window: Window,
) -> Result<Pieces<Organization>, Error> {
    let directory = &ports.directory;
    let page = match OwnOrganizations::of(caller)? {
        OwnOrganizations::OfMember(user_id) => {
            let theirs = directory.list_organizations(None, Some(user_id), window);
            theirs.await?
        }
        OwnOrganizations::Only(id) => {
            check_standing(caller, &**directory).await?;
            let only = directory.organization(id).await?;
            window.of(only.into_iter().collect())
        }
    };
    Ok(manage_organizations::pieces(ports, page))
}

/// Returns the hash of the current password, if `current` is it.
async fn check_current_password(
    caller: &Caller,
    ports: &IdentityPorts,
    current: Option<PlainPassword>,
    address: Address,
) -> Result<PasswordHash, Error> {
    let Some(current) = current else {
        let invalid = Invalid::new("current_password", "is needed to change the password");
        return Err(invalid.into());
    };
    let wrong = || Invalid::new("current_password", "is not the current password");
    let username = caller.user.username.as_str();
    let guard = &ports.sign_in_guard;
    let pair = guard.pair(username, address);
    let now = judging_now(&*ports.clock)?;
    if current.is_overlong() {
        let _charge = guard.throttle.admit(pair, 1, now)?;
        return Err(wrong().into());
    }
    guard.throttle.check(pair, now)?;
    let stored = ports.directory.user_credential(username).await?;
    // The name may be another's by now.
    let stored = stored.filter(|stored| stored.user.id == caller.user.id);
    let given = Given {
        username,
        password: current,
        pair,
        party: guard.known(username),
        purpose: Purpose::Replacement,
    };
    let user = password_check::check(ports, given, stored).await?;
    Ok(user.ok_or_else(wrong)?.password_hash)
}
