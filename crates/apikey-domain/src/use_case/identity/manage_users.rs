//! Managing users, for platform admins.

use crate::{
    access::{
        authority::Authority,
        policy::{require_not_own_password_by_key, require_platform_admin},
        tenant::Caller,
    },
    error::{Error, Missing, PortError, Taken, Unique},
    identifier::UserId,
    identity::{
        password::{PasswordHash, PlainPassword, PreparedPassword},
        user::{FullName, NewUser, User, UserChanges, Username},
    },
    use_case::{identity::new_name::new_name, ports::IdentityPorts},
};

/// A user to create.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::{password::PlainPassword, user::Username},
///     use_case::identity::manage_users::CreateUser,
/// };
///
/// let request = CreateUser {
///     username: Username::parse("alice").unwrap(),
///     password: PlainPassword::new("Passw0rd_1"),
///     full_name: None,
///     is_admin: false,
///     is_active: true,
///     is_system: false,
///     require_password_change: false,
/// };
/// assert!(!format!("{request:?}").contains("Passw0rd_1"));
/// ```
#[derive(Debug)]
pub struct CreateUser {
    /// The name with which they sign in.
    pub username: Username,
    /// Their password.
    pub password: PlainPassword,
    /// Their full name.
    pub full_name: Option<FullName>,
    /// Whether they administer the platform.
    pub is_admin: bool,
    /// Whether they may sign in.
    pub is_active: bool,
    /// Whether they are a service account of the platform.
    pub is_system: bool,
    /// Whether they must give themselves another password first.
    pub require_password_change: bool,
}

/// Changes to a user; absent fields stay as they are.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::identity::manage_users::UpdateUser;
///
/// let deactivation = UpdateUser { is_active: Some(false), ..Default::default() };
/// assert!(deactivation.username.is_none() && deactivation.password.is_none());
/// ```
#[derive(Debug, Default)]
pub struct UpdateUser {
    /// The new username, or the one they have: that is accepted as it is stored, though
    /// it may break rules of today.
    pub username: Option<String>,
    /// The new password.
    pub password: Option<PlainPassword>,
    /// The new full name, or `Some(None)` to remove it.
    pub full_name: Option<Option<FullName>>,
    /// Whether they administer the platform from now on.
    pub is_admin: Option<bool>,
    /// Whether they may sign in from now on.
    pub is_active: Option<bool>,
    /// Whether they must give themselves another password before they do anything else.
    /// Their keys go on working.
    pub require_password_change: Option<bool>,
}

/// Creates a user.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin; [`Error::Invalid`] for
/// a weak password; [`Error::AlreadyExists`] if the username is taken, or looks like
/// one that is.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::{password::PlainPassword, user::Username},
///     use_case::identity::manage_users::{CreateUser, create_user},
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = signed_in(&app.admin("root").await);
/// let request = CreateUser {
///     username: Username::parse("alice").unwrap(),
///     password: PlainPassword::new("Passw0rd_1"),
///     full_name: None,
///     is_admin: false,
///     is_active: true,
///     is_system: false,
///     require_password_change: false,
/// };
/// let alice = create_user(&root, &app.identity, request).await.unwrap();
/// assert_eq!(alice.username.as_str(), "alice");
/// # });
/// ```
pub async fn create_user(
    caller: &Caller,
    ports: &IdentityPorts,
    request: CreateUser,
) -> Result<User, Error> {
    require_platform_admin(caller)?;
    let password = request.password.prepare_new()?;
    let username = request.username.clone();
    let new = NewUser {
        username: request.username,
        full_name: request.full_name,
        password_hash: hash(caller, ports, password).await?,
        is_admin: request.is_admin,
        is_active: request.is_active,
        is_system: request.is_system,
        require_password_change: request.require_password_change,
        created_at: ports.clock.now(),
    };
    let by = Authority::of(caller, new.created_at);
    let created = ports.directory.create_user(by, new).await;
    created.map_err(|error| name_taken(error, Some(&username)))
}

/// Returns a user.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin; [`Missing::User`].
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::identity::manage_users::get_user;
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (root, alice) = (app.admin("root").await, app.user("alice").await);
/// assert_eq!(get_user(&signed_in(&root), &app.identity, alice.id).await.unwrap(), alice);
/// assert!(get_user(&signed_in(&alice), &app.identity, root.id).await.is_err());
/// # });
/// ```
pub async fn get_user(caller: &Caller, ports: &IdentityPorts, id: UserId) -> Result<User, Error> {
    require_platform_admin(caller)?;
    ports.directory.user(id).await?.ok_or(Missing::User.into())
}

/// Updates a user. A new password, and the loss of the right to sign in or to
/// administer, end the user's streams; a new password and a deactivation end their
/// sessions; the keys of a deactivated user are refused.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin, and for a new password of
/// the caller's own if they came with a key; [`Missing::User`];
/// [`Error::Invalid`] for a username that breaks a rule or a weak password;
/// [`Error::AlreadyExists`] if the username is taken, or looks like one that is;
/// [`Error::Conflict`] for the last active platform admin.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     Error, use_case::identity::manage_users::{UpdateUser, update_user},
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = app.admin("root").await;
/// let changes = UpdateUser { is_admin: Some(false), ..Default::default() };
/// let updated = update_user(&signed_in(&root), &app.identity, root.id, changes).await;
/// assert!(matches!(updated, Err(Error::Conflict(_)))); // The last platform admin.
/// # });
/// ```
pub async fn update_user(
    caller: &Caller,
    ports: &IdentityPorts,
    id: UserId,
    request: UpdateUser,
) -> Result<User, Error> {
    require_platform_admin(caller)?;
    if request.password.is_some() {
        require_not_own_password_by_key(caller, id)?;
    }
    change_user(caller, ports, id, request, None).await
}

/// Deletes a user with their memberships and keys.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin; [`Missing::User`];
/// [`Error::Conflict`] for the last active platform admin and the last admin of
/// an organization.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::identity::manage_users::{delete_user, get_user};
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (root, alice) = (signed_in(&app.admin("root").await), app.user("alice").await);
/// delete_user(&root, &app.identity, alice.id).await.unwrap();
/// assert!(get_user(&root, &app.identity, alice.id).await.is_err());
/// # });
/// ```
pub async fn delete_user(caller: &Caller, ports: &IdentityPorts, id: UserId) -> Result<(), Error> {
    require_platform_admin(caller)?;
    let by = Authority::of(caller, ports.clock.now());
    if ports.directory.delete_user(by, id).await? {
        Ok(())
    } else {
        Err(Missing::User.into())
    }
}

/// Updates a user without checking the caller's rights. `password` is the hash of the
/// password that the caller gave in the request, if they had to.
pub(super) async fn change_user(
    caller: &Caller,
    ports: &IdentityPorts,
    id: UserId,
    request: UpdateUser,
    password: Option<PasswordHash>,
) -> Result<User, Error> {
    let password_hash = match request.password {
        Some(password) => {
            let password = password.prepare_new()?;
            Some(hash(caller, ports, password).await?)
        }
        None => None,
    };
    let username = match request.username {
        Some(text) => {
            let stored = async {
                let user = ports.directory.user(id).await?;
                Ok(user.map(|user| user.username.as_str().to_owned()))
            };
            new_name(&text, Username::parse(&text), Username::as_str, stored).await?
        }
        None => None,
    };
    let changes = UserChanges {
        username: username.clone(),
        full_name: request.full_name,
        password_hash,
        is_admin: request.is_admin,
        is_active: request.is_active,
        require_password_change: request.require_password_change,
    };
    let mut by = Authority::of(caller, ports.clock.now());
    if let Some(hash) = password {
        by = by.with_password(hash).before_password_change();
    }
    let updated = ports.directory.update_user(by, id, changes).await;
    updated
        .map_err(|error| name_taken(error, username.as_ref()))?
        .ok_or(Missing::User.into())
}

/// Hashes a new password. Those that a caller sets take turns with those of others.
async fn hash(
    caller: &Caller,
    ports: &IdentityPorts,
    password: PreparedPassword,
) -> Result<PasswordHash, PortError> {
    let party = ports.sign_in_guard.known(caller.user.username.as_str());
    ports.password_hasher.hash(password, party).await
}

pub(crate) fn name_taken(error: PortError, username: Option<&Username>) -> Error {
    match (error, username) {
        (PortError::Duplicate(Unique::LikeUsername), Some(username)) => {
            Taken::LikeUsername(username.as_str().to_owned()).into()
        }
        (PortError::Duplicate(Unique::Username), Some(username)) => {
            Taken::Username(username.as_str().to_owned()).into()
        }
        (error, _) => error.into(),
    }
}
