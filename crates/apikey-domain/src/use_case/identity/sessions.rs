//! Sessions: signing in once, and what comes after.

use crate::{
    access::{
        authority::Authority,
        policy::require_personal,
        tenant::{Caller, Credential},
    },
    error::{Error, Missing, PortError},
    identifier::SessionId,
    identity::{
        password::{PasswordHash, PlainPassword},
        session::{NewSession, Session, SessionToken},
        sign_in::Address,
    },
    listing::{Piece, Window},
    port::clock::{Clock, judging_now},
    use_case::{
        identity::sign_in,
        pieces::Pieces,
        ports::{IdentityPorts, SessionPorts},
    },
};
use std::sync::Arc;

/// A session that was begun, and what the cookie holds by which it is known.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::password::PlainPassword, use_case::identity::sessions::open_session,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let password = PlainPassword::new("Passw0rd_1");
/// let opened = open_session(&app.identity, "alice", password, None).await.unwrap();
/// assert_eq!(opened.session.user_id, alice.id);
/// assert_eq!(opened.token.to_text().len(), 64);
/// # });
/// ```
#[derive(Debug)]
pub struct OpenedSession {
    /// What the cookie holds. It is in no store.
    pub token: SessionToken,
    /// The session.
    pub session: Session,
}

/// How many uses are stored at once.
const USES_AT_ONCE: usize = 500;

/// Signs a user in with their password, and begins a session.
///
/// # Errors
///
/// Those of [`with_password`](sign_in::with_password) and of the store.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::password::PlainPassword,
///     use_case::identity::sessions::{open_session, sign_out, with_session},
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let password = PlainPassword::new("Passw0rd_1");
/// let opened = open_session(&app.identity, "alice", password, None).await.unwrap();
/// let caller = with_session(&app.identity, &opened.token).await.unwrap();
/// assert_eq!(*caller.user(), alice);
/// sign_out(&app.identity, &opened.token).await.unwrap();
/// assert!(with_session(&app.identity, &opened.token).await.is_err());
/// # });
/// ```
pub async fn open_session(
    ports: &IdentityPorts,
    username: &str,
    password: PlainPassword,
    address: Address,
) -> Result<OpenedSession, Error> {
    let sessions = session_ports(ports)?;
    let caller = sign_in::with_password(ports, username, password, address).await?;
    let now = judging_now(&*ports.clock)?;
    let token = SessionToken::generate(&*ports.secrets)?;
    let digest = token.digests(&sessions.peppers.in_use()).first().copied();
    let new = NewSession {
        digest: digest.ok_or_else(|| Error::Internal("there is no pepper".into()))?,
        user_id: caller.user.id,
        password_hash: password_of(&caller)?,
        created_at: now,
        expires_at: sessions.lifetime.expires_at(now, now),
    };
    let by = Authority::of(&caller, now).before_password_change();
    let session = sessions.store.open_session(by, new).await?;
    Ok(OpenedSession { token, session })
}

/// Authenticates the caller by what a cookie holds, and records that the session was used.
///
/// The store is asked each time: a session that has ended signs nobody in, whichever node
/// ended it.
///
/// # Errors
///
/// [`Error::Unauthenticated`] if there is no such session, it has expired, or its user has
/// another password since; [`Error::Deactivated`]; [`Error::Unavailable`] if the clock is
/// certainly wrong.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::password::PlainPassword, use_case::identity::sessions::{open_session, with_session},
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let password = PlainPassword::new("Passw0rd_1");
/// let opened = open_session(&app.identity, "alice", password, None).await.unwrap();
/// let caller = with_session(&app.identity, &opened.token).await.unwrap();
/// assert_eq!(*caller.user(), alice);
/// # });
/// ```
pub async fn with_session(ports: &IdentityPorts, token: &SessionToken) -> Result<Caller, Error> {
    let sessions = ports.sessions.as_ref().ok_or(Error::Unauthenticated)?;
    let now = judging_now(&*ports.clock)?;
    let digests = token.digests(&sessions.peppers.in_use());
    let found = sessions.store.find_session(&digests).await?;
    let found = found.filter(|found| found.is_valid(now));
    let found = found.ok_or(Error::Unauthenticated)?;
    let session = found.current.session;
    let caller = Caller::with_session(found.user.user, session.id)?;
    if session.is_use_due(now) {
        sessions.uses.record(session.id);
    }
    Ok(caller)
}

/// Ends the session that is known by what a cookie holds, if there is one: whoever has the
/// cookie may.
///
/// # Errors
///
/// Those of the store.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::password::PlainPassword, use_case::identity::sessions::{open_session, sign_out, with_session},
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let password = PlainPassword::new("Passw0rd_1");
/// let opened = open_session(&app.identity, "alice", password, None).await.unwrap();
/// assert!(with_session(&app.identity, &opened.token).await.unwrap().user() == &alice);
/// sign_out(&app.identity, &opened.token).await.unwrap();
/// assert!(with_session(&app.identity, &opened.token).await.is_err());
/// # });
/// ```
pub async fn sign_out(ports: &IdentityPorts, token: &SessionToken) -> Result<(), Error> {
    let sessions = session_ports(ports)?;
    let digests = token.digests(&sessions.peppers.in_use());
    if let Some(found) = sessions.store.find_session(&digests).await? {
        let by = Authority::service(ports.clock.now());
        let Session { id, user_id, .. } = found.current.session;
        sessions.store.end_session(by, user_id, id).await?;
    }
    Ok(())
}

/// Lists the caller's own sessions that have not expired, the oldest first: also one that was
/// used in the future, which is refused until then, and may be ended before.
///
/// # Errors
///
/// Those of [`require_personal`] and of the store.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::password::PlainPassword, listing::Window,
///     use_case::identity::sessions::{end_session, list_sessions, open_session},
/// };
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = signed_in(&app.user("alice").await);
/// let password = PlainPassword::new("Passw0rd_1");
/// let opened = open_session(&app.identity, "alice", password, None).await.unwrap();
/// let first = Window::page(1, 20).unwrap();
/// let page = list_sessions(&alice, &app.identity, first).await.unwrap();
/// assert_eq!(page.collect().await.unwrap(), [opened.session.clone()]);
/// end_session(&alice, &app.identity, opened.session.id).await.unwrap();
/// assert!(end_session(&alice, &app.identity, opened.session.id).await.is_err());
/// # });
/// ```
pub async fn list_sessions(
    caller: &Caller,
    ports: &IdentityPorts,
    window: Window,
) -> Result<Pieces<Session>, Error> {
    require_personal(caller)?;
    let now = judging_now(&*ports.clock)?;
    let (user_id, store) = (caller.user.id, Arc::clone(&session_ports(ports)?.store));
    let mut all = store.sessions_of(user_id).await?;
    all.retain(|session| !session.has_expired(now));
    Ok(Pieces::new(window.of(all), move |ids| {
        let store = Arc::clone(&store);
        Box::pin(async move {
            let mut all = store.sessions_of(user_id).await?;
            all.retain(|session| ids.contains(&session.id));
            Ok(Piece::of(all))
        })
    }))
}

/// Ends one of the caller's own sessions.
///
/// # Errors
///
/// Those of [`require_personal`] and of the store; [`Missing::Session`].
///
/// # Example
///
/// ```
/// use apikey_domain::{identifier::SessionId, use_case::identity::sessions::end_session};
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = signed_in(&app.user("alice").await);
/// // It is none of hers.
/// assert!(end_session(&alice, &app.identity, SessionId(5)).await.is_err());
/// # });
/// ```
pub async fn end_session(
    caller: &Caller,
    ports: &IdentityPorts,
    id: SessionId,
) -> Result<(), Error> {
    require_personal(caller)?;
    let by = Authority::of(caller, ports.clock.now());
    let store = &session_ports(ports)?.store;
    if store.end_session(by, caller.user.id, id).await? {
        Ok(())
    } else {
        Err(Missing::Session.into())
    }
}

/// Stores the uses of sessions that wait for it. Returns how many it was; those that could
/// not be stored are recorded with their next use.
///
/// # Errors
///
/// Those of the store; [`Error::Unavailable`] if the clock is certainly wrong.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::password::PlainPassword,
///     use_case::identity::sessions::{open_session, store_uses, with_session},
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// app.user("alice").await;
/// let password = PlainPassword::new("Passw0rd_1");
/// let opened = open_session(&app.identity, "alice", password, None).await.unwrap();
/// let sessions = app.identity.sessions.clone().unwrap();
/// for _ in 0..7 {
///     app.clock.advance_seconds(3_600);
///     assert!(with_session(&app.identity, &opened.token).await.is_ok());
///     assert_eq!(store_uses(&sessions, &*app.clock).await.unwrap(), 1);
/// }
/// # });
/// ```
pub async fn store_uses(ports: &SessionPorts, clock: &dyn Clock) -> Result<usize, PortError> {
    let now = judging_now(clock)?;
    let ids = ports.uses.take(USES_AT_ONCE);
    if !ids.is_empty() {
        let store = &ports.store;
        store.record_session_uses(&ids, now, ports.lifetime).await?;
    }
    Ok(ids.len())
}

pub(crate) fn session_ports(ports: &IdentityPorts) -> Result<&SessionPorts, Error> {
    let none = || Error::Unavailable("no sessions were given".into());
    ports.sessions.as_ref().ok_or_else(none)
}

/// Returns the hash of the password that a caller signed in with.
fn password_of(caller: &Caller) -> Result<PasswordHash, Error> {
    match &caller.credential {
        Credential::Password(hash) => Ok(hash.clone()),
        Credential::Session(_) | Credential::Key(_) => Err(Error::Internal(
            "somebody signed in without a password".into(),
        )),
    }
}
