//! Sessions of people who signed in with a browser.

mod lifetime;
#[cfg(feature = "server")]
mod token;
#[cfg(feature = "server")]
mod uses;

#[cfg(feature = "server")]
use crate::identity::password::PasswordHash;
use crate::{
    identifier::{SessionId, UserId},
    listing::Listed,
    timestamp::{CLOCK_TOLERANCE_SECONDS, Timestamp},
};
pub use lifetime::SessionLifetime;
#[cfg(feature = "server")]
pub use token::{SessionDigest, SessionToken};
#[cfg(feature = "server")]
pub use uses::SessionUses;

/// A session: from a sign-in with a password until its end.
///
/// # Example
///
/// ```
/// use apikey_domain::testing::fixture;
///
/// let session = fixture::session(5, 1);
/// assert!(session.is_live(session.created_at));
/// assert!(!session.is_live(session.expires_at));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// From when on it is refused, unless it is used before.
    pub expires_at: Timestamp,
}

/// A session to be stored.
///
/// # Example
///
/// ```
/// let new = apikey_domain::testing::fixture::new_session(1, 7);
/// assert_eq!(new.user_id.0, 1);
/// ```
#[cfg(feature = "server")]
#[derive(Clone, Debug)]
pub struct NewSession {
    /// What its cookie is known by.
    pub digest: SessionDigest,
    /// Whose it is.
    pub user_id: UserId,
    /// The hash of the password that it is begun with.
    pub password_hash: PasswordHash,
    /// When it begins.
    pub created_at: Timestamp,
    /// From when on it is refused, unless it is used before.
    pub expires_at: Timestamp,
}

// === impl Session ===

impl Session {
    /// How many sessions a user has at most: when there is another one, the oldest ends.
    pub const MOST_PER_USER: u32 = 100;

    /// How many seconds pass at least between two uses that are recorded, unless the session
    /// would end soon.
    pub const SECONDS_BETWEEN_USES: i64 = 60;

    /// Returns whether it has not expired. One that was used later than a clock may be
    /// ahead of this one has: otherwise it would last as long as a clock was wrong.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::testing::fixture;
    ///
    /// let session = fixture::session(5, 1);
    /// let before = |seconds: i64| session.last_used_at.plus_seconds(-seconds).unwrap();
    /// assert!(session.is_live(before(3_600)));
    /// assert!(!session.is_live(before(3_601)));
    /// ```
    pub fn is_live(&self, now: Timestamp) -> bool {
        let latest = now.plus_seconds(CLOCK_TOLERANCE_SECONDS);
        !self.has_expired(now) && latest.is_none_or(|latest| self.last_used_at <= latest)
    }

    /// Returns whether its time is over, whenever it was used.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at <= now
    }

    /// Returns whether a use at `now` is to be recorded: also when a quarter of the time is
    /// over after which the session ends, so that one that may be idle for no longer than a
    /// minute does not end while it is used.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::testing::fixture;
    ///
    /// let session = fixture::session(5, 1);
    /// let after = |seconds| session.last_used_at.plus_seconds(seconds).unwrap();
    /// assert!(!session.is_use_due(after(59)));
    /// assert!(session.is_use_due(after(60)));
    /// ```
    pub fn is_use_due(&self, now: Timestamp) -> bool {
        let last = self.last_used_at.microseconds();
        let left = self.expires_at.microseconds().saturating_sub(last);
        let pause = (Self::SECONDS_BETWEEN_USES * 1_000_000).min(left / 4);
        now.microseconds().saturating_sub(last) >= pause
    }
}

impl Listed for Session {
    type Id = SessionId;

    fn id(&self) -> SessionId {
        self.id
    }

    fn text_bytes(&self) -> usize {
        0
    }
}

#[cfg(feature = "server")]
impl NewSession {
    /// Returns the session as it is stored.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::{identifier::SessionId, testing::fixture};
    ///
    /// let session = fixture::new_session(1, 7).stored(SessionId(5));
    /// assert_eq!(session.last_used_at, session.created_at);
    /// ```
    pub fn stored(&self, id: SessionId) -> Session {
        Session {
            id,
            user_id: self.user_id,
            created_at: self.created_at,
            last_used_at: self.created_at,
            expires_at: self.expires_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    #[test]
    fn a_use_is_due_long_before_the_session_ends() {
        let at = |seconds| fixture::instant().plus_seconds(seconds).unwrap();
        for (idle, not_yet, due) in [(7_200, 59, 60), (240, 59, 60), (60, 14, 15)] {
            let session = Session {
                last_used_at: at(0),
                expires_at: at(idle),
                ..fixture::session(5, 1)
            };
            assert!(!session.is_use_due(at(not_yet)), "{idle}");
            assert!(session.is_use_due(at(due)), "{idle}");
            assert!(!session.is_use_due(at(-1)), "{idle}");
        }
    }
}
