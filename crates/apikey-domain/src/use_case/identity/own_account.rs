//! Managing one's own account.

use crate::{
    access::{
        policy::{OwnOrganizations, require_own_account, require_personal},
        tenant::Caller,
    },
    error::Error,
    identity::{
        organization::Organization,
        password::{PasswordHash, PlainPassword, PreparedPassword},
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
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::password::PlainPassword, use_case::identity::own_account::UpdateOwnAccount,
/// };
///
/// let request = UpdateOwnAccount {
///     password: Some(PlainPassword::new("Changed_2")),
///     current_password: Some(PlainPassword::new("Passw0rd_1")),
///     ..Default::default()
/// };
/// assert!(request.full_name.is_none());
/// ```
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
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::identity::own_account::get_own_account;
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// assert_eq!(get_own_account(&signed_in(&alice), &app.identity).await.unwrap(), alice);
/// # });
/// ```
pub async fn get_own_account(caller: &Caller, ports: &IdentityPorts) -> Result<User, Error> {
    // Also who must change their password first.
    if caller.key().is_some() {
        check_standing(caller, &*ports.directory).await?;
    }
    Ok(caller.user.clone())
}

/// Updates the caller's own account. A new password requires the current one, so
/// that a hijacked session cannot take over the account. It ends all other sessions of the
/// caller, and whoever had to change it has done so.
///
/// # Errors
///
/// [`Error::Forbidden`] for a caller with an organization's key, and for one who must change
/// their password and does not; [`Error::Invalid`] for a weak password or a wrong current one;
/// [`Error::Throttled`] after too many wrong ones.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::user::FullName,
///     use_case::identity::own_account::{UpdateOwnAccount, update_own_account},
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = signed_in(&app.user("alice").await);
/// let name = FullName::parse("Alice Liddell").unwrap();
/// let request = UpdateOwnAccount { full_name: Some(Some(name)), ..Default::default() };
/// let updated = update_own_account(&alice, &app.identity, request, None).await.unwrap();
/// assert_eq!(updated.full_name.unwrap().as_str(), "Alice Liddell");
/// # });
/// ```
pub async fn update_own_account(
    caller: &Caller,
    ports: &IdentityPorts,
    request: UpdateOwnAccount,
    address: Address,
) -> Result<User, Error> {
    match request.password {
        Some(_) => require_own_account(caller)?,
        None => require_personal(caller)?,
    }
    let mut current = None;
    if let Some(password) = &request.password {
        // Before anything is hashed.
        password.check_strength()?;
        let given = request.current_password;
        if caller.user.require_password_change
            && given.as_ref().is_some_and(|given| is_same(given, password))
        {
            return Err(Invalid::new("password", "must not be the current one").into());
        }
        current = Some(check_current_password(caller, ports, given, address).await?);
    }
    let changes = manage_users::UpdateUser {
        require_password_change: request.password.as_ref().map(|_| false),
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
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::organization::Role, listing::Window,
///     use_case::identity::own_account::list_own_organizations,
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let acme = app.organization("acme", &[(&alice, Role::User)]).await;
/// app.organization("other", &[]).await;
/// let first = Window::page(1, 20).unwrap();
/// let own = list_own_organizations(&signed_in(&alice), &app.identity, first).await.unwrap();
/// assert_eq!(own.collect().await.unwrap(), [acme]);
/// # });
/// ```
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

/// Returns whether two passwords are one, however they were typed.
fn is_same(one: &PlainPassword, other: &PlainPassword) -> bool {
    let prepared = PreparedPassword::of(one).zip(PreparedPassword::of(other));
    prepared.is_some_and(|(one, other)| one.as_plain().expose() == other.as_plain().expose())
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
