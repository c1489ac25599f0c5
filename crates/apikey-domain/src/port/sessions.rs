//! Storage of sessions.

use crate::{
    access::authority::{Authority, CurrentSession, CurrentUser},
    error::PortError,
    identifier::{SessionId, UserId},
    identity::{
        session::{NewSession, Session, SessionDigest, SessionLifetime},
        user::UserCredential,
    },
    timestamp::Timestamp,
};
use async_trait::async_trait;

/// A session as it is stored, with its user as they are now.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::sessions::StoredSession, testing::fixture};
///
/// let stored = StoredSession {
///     current: fixture::current_session(5, 1),
///     user: fixture::user_credential(1, 11),
/// };
/// assert!(stored.is_valid(fixture::instant()));
/// ```
#[derive(Clone, Debug)]
pub struct StoredSession {
    /// The session, and the hash of the password that it rests on.
    pub current: CurrentSession,
    /// Its user, and the hash of their password.
    pub user: UserCredential,
}

/// Stores sessions.
///
/// Every write MUST be atomic, and durable when the call returns, and MUST judge `by` as
/// those of a [`super::directory::Directory`] do. No write makes an event. What a session
/// is MUST be read from the store each time: once its end has been answered, nothing finds
/// it, on any node, and no write rests on it.
///
/// A store of users and sessions MUST end the sessions of a user who is deactivated or
/// deleted. When they get another password, all end but [`Authority::kept_session`], which
/// gets the new hash; when the hash of the same password is renewed, all of that hash get
/// the new one. All of it in the transaction of the change.
///
/// Any method returns [`PortError::Unavailable`] if the store is unavailable and
/// [`PortError::Corrupt`] if a row breaks the domain's rules.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::sessions::Sessions, testing::fixture};
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let new = fixture::new_session(alice.id.0, 7);
/// let session = app.memory.open_session(fixture::by_service(), new.clone()).await.unwrap();
/// let found = app.memory.find_session(&[new.digest]).await.unwrap().unwrap();
/// assert_eq!((found.current.session, found.user.user), (session, alice));
/// # });
/// ```
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Stores a session. If its user then has more than [`Session::MOST_PER_USER`], the
    /// oldest MUST end: those with the lowest ids, which only grow and are never reused. Of
    /// nodes that store at once, each MAY count without the others.
    ///
    /// # Errors
    ///
    /// [`PortError::OwnerGone`] if the user does not exist.
    async fn open_session(&self, by: Authority, new: NewSession) -> Result<Session, PortError>;

    /// Finds the session with one of these digests, and its user. MUST reflect every write
    /// that returned before the call.
    async fn find_session(
        &self,
        digests: &[SessionDigest],
    ) -> Result<Option<StoredSession>, PortError>;

    /// Returns the sessions of a user that rest on the password they have, also those that
    /// have expired and are not deleted yet, by id: of more than
    /// [`Session::MOST_PER_USER`], those with the highest ids.
    async fn sessions_of(&self, user_id: UserId) -> Result<Vec<Session>, PortError>;

    /// Ends a session of this user. Returns `false` if they have no such session.
    async fn end_session(
        &self,
        by: Authority,
        user_id: UserId,
        id: SessionId,
    ) -> Result<bool, PortError>;

    /// Records that these sessions, at most a thousand, were used at `at`, and with that
    /// until when they last. MUST leave those as they are that were used later or have
    /// expired; MAY leave those that are in use in another transaction.
    async fn record_session_uses(
        &self,
        ids: &[SessionId],
        at: Timestamp,
        lifetime: SessionLifetime,
    ) -> Result<(), PortError>;

    /// Deletes at most `most` sessions that have expired at `now`, or would end later than
    /// any that is live then ([`SessionLifetime::latest_end`]), in one short transaction.
    /// Returns how many.
    async fn delete_expired_sessions(&self, now: Timestamp, most: u32) -> Result<u64, PortError>;
}

// === impl StoredSession ===

impl StoredSession {
    /// Returns whether it has not expired at `now`, and its user has the password that it
    /// rests on. Whether they are active is judged by itself.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.current.is_of(&CurrentUser::of(&self.user), now)
    }
}
