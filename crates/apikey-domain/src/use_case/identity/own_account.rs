//! What anyone does with their own account.

use crate::{
    access::{policy::require_personal, tenant::Caller},
    error::Error,
    identity::{
        organization::Organization,
        password::PlainPassword,
        sign_in::Address,
        user::{FullName, User},
    },
    invalid::Invalid,
    listing::{Page, Window},
    use_case::{
        identity::{manage_users, sign_in},
        ports::IdentityPorts,
    },
};

/// What to change of one's own account; absent fields stay.
#[derive(Debug, Default)]
pub struct UpdateOwnAccount {
    /// The new full name, or `Some(None)` to remove it.
    pub full_name: Option<Option<FullName>>,
    /// The new password.
    pub password: Option<PlainPassword>,
    /// The present password, needed to change it.
    pub current_password: Option<PlainPassword>,
}

/// Changes the caller's own account. A new password needs the present one, so
/// that a borrowed session cannot take the account over.
///
/// # Errors
///
/// [`Error::Forbidden`] for a caller who came with an organization's key;
/// [`Error::Invalid`] for a weak password or a wrong present one;
/// [`Error::Throttled`] after too many wrong ones.
pub async fn update_own_account(
    caller: &Caller,
    ports: &IdentityPorts,
    request: UpdateOwnAccount,
    address: Address,
) -> Result<User, Error> {
    require_personal(caller)?;
    if let Some(password) = &request.password {
        password.check_strength()?;
        check_current_password(caller, ports, request.current_password, address).await?;
    }
    let changes = manage_users::UpdateUser {
        password: request.password,
        full_name: request.full_name,
        ..manage_users::UpdateUser::default()
    };
    manage_users::change_user(caller, ports, caller.user.id, changes).await
}

/// Lists the organizations the caller belongs to.
///
/// # Errors
///
/// What the directory returns.
pub async fn list_own_organizations(
    caller: &Caller,
    ports: &IdentityPorts,
    window: Window,
) -> Result<Page<Organization>, Error> {
    let directory = &ports.directory;
    Ok(directory
        .list_organizations(None, Some(caller.user.id), window)
        .await?)
}

async fn check_current_password(
    caller: &Caller,
    ports: &IdentityPorts,
    current: Option<PlainPassword>,
    address: Address,
) -> Result<(), Error> {
    let Some(current) = current else {
        let invalid = Invalid::new("current_password", "is needed to change the password");
        return Err(invalid.into());
    };
    let username = caller.user.username.as_str();
    let guard = &ports.sign_in_guard;
    let _turn = guard.turn(username, address).await;
    guard.throttle.check(username, address, ports.clock.now())?;
    let stored = ports.directory.user_credential(username).await?;
    if sign_in::verify(ports, current, stored.as_ref()).await? {
        return Ok(());
    }
    guard.throttle.record(username, address, ports.clock.now());
    Err(Invalid::new("current_password", "is not the present password").into())
}
