//! How long sessions last.

use crate::{
    invalid::Invalid,
    timestamp::{CLOCK_TOLERANCE_SECONDS, Timestamp},
};

/// How long a session lasts: until it was not used for so long, and not longer than so long
/// in all.
///
/// # Example
///
/// ```
/// use apikey_domain::{identity::session::SessionLifetime, testing::fixture};
///
/// let lifetime = SessionLifetime::default();
/// assert_eq!((lifetime.idle_seconds(), lifetime.whole_seconds()), (7_200, 43_200));
/// let began = fixture::instant();
/// let used = began.plus_seconds(39_600).unwrap();
/// assert_eq!(lifetime.expires_at(began, used), began.plus_seconds(43_200).unwrap());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLifetime {
    idle_seconds: i64,
    whole_seconds: i64,
}

impl SessionLifetime {
    /// The shortest time.
    pub const SHORTEST_SECONDS: i64 = 60;
    /// The longest time: 30 days.
    pub const LONGEST_SECONDS: i64 = 30 * 86_400;

    /// Returns the lifetime of sessions that end when they were not used for
    /// `idle_seconds`, and `whole_seconds` after they began.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `session_idle` or `session_lifetime` if it is not a minute to 30
    /// days, or if the first is longer than the second.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::identity::session::SessionLifetime;
    ///
    /// assert!(SessionLifetime::new(600, 3_600).is_ok());
    /// assert!(SessionLifetime::new(59, 3_600).is_err());
    /// assert!(SessionLifetime::new(3_601, 3_600).is_err());
    /// ```
    pub fn new(idle_seconds: i64, whole_seconds: i64) -> Result<Self, Invalid> {
        let range = Self::SHORTEST_SECONDS..=Self::LONGEST_SECONDS;
        for (field, seconds) in [
            ("session_idle", idle_seconds),
            ("session_lifetime", whole_seconds),
        ] {
            if !range.contains(&seconds) {
                return Err(Invalid::new(field, "must be a minute to 30 days"));
            }
        }
        if idle_seconds > whole_seconds {
            let rule = "must not be longer than session_lifetime";
            return Err(Invalid::new("session_idle", rule));
        }
        Ok(Self {
            idle_seconds,
            whole_seconds,
        })
    }

    /// Returns for how many seconds a session may not be used.
    pub fn idle_seconds(self) -> i64 {
        self.idle_seconds
    }

    /// Returns how many seconds after its beginning a session ends in any case.
    pub fn whole_seconds(self) -> i64 {
        self.whole_seconds
    }

    /// Returns when a session ends that began at `created_at` and was last used at
    /// `used_at`.
    pub fn expires_at(self, created_at: Timestamp, used_at: Timestamp) -> Timestamp {
        let at = |from: Timestamp, seconds| from.plus_seconds(seconds).unwrap_or(Timestamp::MAX);
        at(used_at, self.idle_seconds).min(at(created_at, self.whole_seconds))
    }

    /// Returns the latest instant at which a session may end that is live at `now`,
    /// whatever the settings and by whichever clock.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::{identity::session::SessionLifetime, testing::fixture};
    ///
    /// let now = fixture::instant();
    /// let latest = SessionLifetime::latest_end(now);
    /// assert_eq!(latest, now.plus_seconds(30 * 86_400 + 3_600).unwrap());
    /// ```
    pub fn latest_end(now: Timestamp) -> Timestamp {
        let seconds = Self::LONGEST_SECONDS + CLOCK_TOLERANCE_SECONDS;
        now.plus_seconds(seconds).unwrap_or(Timestamp::MAX)
    }
}

/// Two hours without a use, and twelve in all.
impl Default for SessionLifetime {
    fn default() -> Self {
        Self {
            idle_seconds: 7_200,
            whole_seconds: 43_200,
        }
    }
}
