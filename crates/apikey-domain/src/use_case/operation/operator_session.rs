//! Acting in the name of a platform admin, for whoever operates the service: they have the
//! database and its pepper, and could give anybody another password.

use crate::{
    access::{authority::Authority, policy::require_platform_admin, tenant::Caller},
    error::{Error, Missing},
    gpustack::Scope,
    identity::{
        password::PasswordHash,
        session::{NewSession, SessionToken},
        user::{NewUser, User, Username},
        user_list::{UserBatch, UserFilter, UserOrder},
    },
    port::{
        clock::{Clock, judging_now},
        directory::Directory,
    },
    use_case::{
        identity::{
            manage_users::name_taken,
            sessions::{OpenedSession, session_ports},
        },
        ports::IdentityPorts,
    },
};

/// How long such a session lasts, unless it is used: then as long as any other.
const SECONDS: i64 = 600;
/// How many platform admins are looked at, the newest ones first.
const LOOKED_AT: u32 = 1_000;
/// How many of them are read at once.
const AT_ONCE: u32 = 100;

/// Begins a short session of a platform admin without their password. What is done with it is
/// judged, and recorded as theirs.
///
/// # Errors
///
/// [`Missing::User`] if no user has this name; [`Error::Deactivated`] and
/// [`Error::Forbidden`] if they may not administer the platform now; the errors of the
/// store.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::{
///     identity::sessions::with_session, operation::operator_session::open_session_for_operator,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let (root, _) = (app.admin("root").await, app.user("alice").await);
/// let opened = open_session_for_operator(&app.identity, "root").await.unwrap();
/// assert_eq!(with_session(&app.identity, &opened.token).await.unwrap().user(), &root);
/// assert!(open_session_for_operator(&app.identity, "alice").await.is_err());
/// assert!(open_session_for_operator(&app.identity, "nobody").await.is_err());
/// # });
/// ```
pub async fn open_session_for_operator(
    ports: &IdentityPorts,
    username: &str,
) -> Result<OpenedSession, Error> {
    let sessions = session_ports(ports)?;
    let stored = ports.directory.user_credential(username).await?;
    let stored = stored.ok_or(Missing::User)?;
    let caller = Caller::with_password(&stored)?;
    caller.require_scope(Scope::Management)?;
    require_platform_admin(&caller)?;
    let now = judging_now(&*ports.clock)?;
    let token = SessionToken::generate(&*ports.secrets)?;
    let digest = token.digests(&sessions.peppers.in_use()).first().copied();
    let latest = sessions.lifetime.expires_at(now, now);
    let soon = now.plus_seconds(SECONDS).unwrap_or(latest);
    let new = NewSession {
        digest: digest.ok_or_else(|| Error::Internal("there is no pepper".into()))?,
        user_id: stored.user.id,
        password_hash: stored.password_hash,
        created_at: now,
        expires_at: latest.min(soon),
    };
    let session = sessions
        .store
        .open_session(Authority::of(&caller, now), new)
        .await?;
    Ok(OpenedSession { token, session })
}

/// Returns the platform admin in whose name an operator acts who names nobody: of the newest
/// thousand the one who was made first, among those who may administer the platform now.
///
/// # Errors
///
/// Those of the directory.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::operation::operator_session::first_platform_admin;
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// app.user("alice").await;
/// assert_eq!(first_platform_admin(&*app.memory).await.unwrap(), None);
/// let (root, _) = (app.admin("root").await, app.admin("other").await);
/// assert_eq!(first_platform_admin(&*app.memory).await.unwrap(), Some(root));
/// # });
/// ```
pub async fn first_platform_admin(directory: &dyn Directory) -> Result<Option<User>, Error> {
    let order = UserOrder::parse("-is_admin")?;
    let (mut after, mut first) = (None, None::<User>);
    for _ in 0..LOOKED_AT / AT_ONCE {
        let batch = directory.list_users_after(&UserFilter::ALL, &order, after.as_ref(), AT_ONCE);
        let UserBatch { mut piece, next } = batch.await?;
        let mut is_end = next.is_none();
        loop {
            is_end |= piece.items.iter().any(|user| !user.is_admin);
            for user in piece.items.into_iter().filter(may_administer) {
                if first.as_ref().is_none_or(|first| user.id < first.id) {
                    first = Some(user);
                }
            }
            if piece.rest.is_empty() {
                break;
            }
            piece = directory.users(&piece.rest).await?;
        }
        if is_end {
            break;
        }
        after = next;
    }
    Ok(first)
}

fn may_administer(user: &User) -> bool {
    user.is_admin && user.is_active && !user.is_system && !user.require_password_change
}

/// Creates a platform admin as the service itself, if nobody may administer the platform.
/// Returns `None` if somebody may: then they do it.
///
/// # Errors
///
/// [`Error::AlreadyExists`] if the username is taken, or looks like one that is; the errors
/// of the directory; [`Error::Unavailable`] if the clock is certainly wrong.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::{password::PasswordHash, user::Username},
///     use_case::operation::operator_session::create_platform_admin,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let create = async |name| {
///     let (name, hash) = (Username::parse(name).unwrap(), PasswordHash::new("hash"));
///     create_platform_admin(&*app.memory, &*app.clock, name, hash).await.unwrap()
/// };
/// assert!(create("root").await.unwrap().is_admin);
/// assert!(create("other").await.is_none());
/// # });
/// ```
pub async fn create_platform_admin(
    directory: &dyn Directory,
    clock: &dyn Clock,
    username: Username,
    password_hash: PasswordHash,
) -> Result<Option<User>, Error> {
    if first_platform_admin(directory).await?.is_some() {
        return Ok(None);
    }
    let now = judging_now(clock)?;
    let new = NewUser {
        username: username.clone(),
        full_name: None,
        password_hash,
        is_admin: true,
        is_active: true,
        is_system: false,
        require_password_change: false,
        created_at: now,
    };
    let created = directory.create_user(Authority::service(now), new).await;
    let created = created.map_err(|error| name_taken(error, Some(&username)))?;
    Ok(Some(created))
}
