//! What is said of keys before and when they expire.
//!
//! Keys that expire are in one order, that of their own expiries. For each notice there is
//! a window in it, which moves on with the time, and up to which key the notice was given.
//! So what is due is found without a look at any other key.

use crate::{
    identifier::ApiKeyId,
    invalid::Invalid,
    key::{api_key::ApiKey, expiry::Expiry},
    timestamp::Timestamp,
};
use std::fmt::{Display, Formatter};

const DAY_SECONDS: i64 = 86_400;
/// The text of no notices before the expiry.
const NONE: &str = "none";

/// What is said of the expiry of a key: that so many days are left, or that it has passed.
///
/// # Example
///
/// ```
/// use apikey_domain::change::notice::Notice;
///
/// assert_eq!(Notice::EXPIRED.days(), 0);
/// assert!(Notice::EXPIRED < Notice::of_days(7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice(u16);

/// A notice about a key.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::{Change, notice::{KeyNotice, Notice}}, testing::fixture};
///
/// let notice = KeyNotice { notice: Notice::of_days(7), key: fixture::api_key(7, "ci") };
/// assert_eq!(Change::Notice(notice).kind().as_str(), "api_key.expiring");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyNotice {
    /// What is said of it.
    pub notice: Notice,
    /// The key as it was then.
    pub key: ApiKey,
}

/// The last notice that a key was given.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     change::notice::{ExpiryNotices, LastNotice, Notice},
///     key::{api_key::ApiKey, expiry::Expiry}, testing::fixture,
/// };
///
/// let (notices, expires_at) = (ExpiryNotices::default(), fixture::instant());
/// let (mut key, now) = (fixture::api_key(7, "ci"), expires_at.plus_seconds(60).unwrap());
/// key.expires_at = Expiry::at(expires_at);
/// key.created_at = expires_at.plus_seconds(-60).unwrap();
/// assert_eq!(notices.due(&key, None, now), Some(Notice::EXPIRED));
/// let last = LastNotice { notice: Notice::EXPIRED, expires_at };
/// assert_eq!(notices.due(&key, Some(last), now), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastNotice {
    /// The notice.
    pub notice: Notice,
    /// The expiry that the key had then.
    pub expires_at: Timestamp,
}

/// How many days before its expiry notices of a key are given. That it has passed is
/// always said.
///
/// # Example
///
/// ```
/// use apikey_domain::change::notice::ExpiryNotices;
///
/// let notices = ExpiryNotices::parse("7,30,1").unwrap();
/// assert_eq!(notices, ExpiryNotices::default());
/// assert_eq!(notices.to_string(), "30,7,1");
/// assert_eq!(ExpiryNotices::parse("none").unwrap().to_string(), "none");
/// assert!(ExpiryNotices::parse("0").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiryNotices {
    /// All notices, those that come last first.
    notices: Vec<Notice>,
}

/// Of which keys a notice is the nearest one that is due: those with expiries after `after`
/// and up to `until`.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::notice::{ExpiryNotices, Notice}, testing::fixture};
///
/// let windows = ExpiryNotices::default().windows(fixture::instant());
/// assert_eq!(windows.len(), 4);
/// assert_eq!(windows[0].notice, Notice::EXPIRED);
/// assert_eq!(windows[1].after, windows[0].until);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticeWindow {
    /// The notice.
    pub notice: Notice,
    /// Where the window of the next notice ends.
    pub after: Timestamp,
    /// Where this one ends.
    pub until: Timestamp,
}

/// A key in the order of expiries, and of ids where these are the same.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::notice::ExpiryPlace, testing::fixture};
///
/// let key = fixture::api_key(7, "ci");
/// assert_eq!(ExpiryPlace::of(&key), None); // It never expires.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpiryPlace {
    /// When it expires.
    pub expires_at: Timestamp,
    /// Its id.
    pub id: ApiKeyId,
}

// === impl Notice ===

impl Notice {
    /// The expiry has passed.
    pub const EXPIRED: Self = Self(0);

    /// Returns the notice that comes so many days before the expiry; 0 when it has passed.
    pub fn of_days(days: u16) -> Self {
        Self(days)
    }

    /// Returns how many days before the expiry it comes.
    pub fn days(self) -> u16 {
        self.0
    }

    fn seconds(self) -> i64 {
        i64::from(self.0) * DAY_SECONDS
    }
}

// === impl ExpiryNotices ===

impl ExpiryNotices {
    /// How many there may be.
    pub const MOST: usize = 10;
    /// How many days before the expiry the first one may come.
    pub const LONGEST_DAYS: u16 = 365;
    /// How long a notice is held back. By then the changes have been committed that were
    /// made before it was due.
    pub const HELD_BACK_SECONDS: i64 = 60;

    /// Parses numbers of days, separated by commas, or `none`: no notice before the expiry.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `expiry_notices` if one is not a number from 1 to 365 or is there
    /// twice, or if there are more than 10.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = || {
            let expected = "must be up to 10 different numbers of days from 1 to 365, separated by \
                            commas, or none";
            Invalid::new("expiry_notices", expected)
        };
        let mut notices = vec![Notice::EXPIRED];
        for part in text.split(',').filter(|_| text != NONE) {
            let part = part.trim();
            let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
            let days: u16 = part.parse().map_err(|_| invalid())?;
            if !is_number || !(1..=Self::LONGEST_DAYS).contains(&days) {
                return Err(invalid());
            }
            notices.push(Notice(days));
        }
        let given = notices.len();
        notices.sort_unstable();
        notices.dedup();
        if notices.len() < given || notices.len() > Self::MOST + 1 {
            return Err(invalid());
        }
        Ok(Self { notices })
    }

    /// Returns the windows at `now`, side by side: the first is that of keys whose expiry
    /// has passed.
    pub fn windows(&self, now: Timestamp) -> Vec<NoticeWindow> {
        let settled = now.plus_seconds(-Self::HELD_BACK_SECONDS);
        let settled = settled.unwrap_or(Timestamp::MIN);
        let mut after = Timestamp::MIN;
        let windows = self.notices.iter().map(|notice| {
            let until = settled.plus_seconds(notice.seconds());
            let until = until.unwrap_or(Timestamp::MAX);
            let window = NoticeWindow {
                notice: *notice,
                after,
                until,
            };
            after = until;
            window
        });
        windows.collect()
    }

    /// Returns which notice of a key is due at `now`: the nearest one, if the key had been
    /// made by the instant at which it should have come, and was not given it, or one nearer
    /// to this expiry, before. A revoked key has none.
    pub fn due(&self, key: &ApiKey, last: Option<LastNotice>, now: Timestamp) -> Option<Notice> {
        let expires_at = ExpiryPlace::of(key)?.expires_at;
        let windows = self.windows(now);
        let window = windows.iter().find(|window| window.has(expires_at))?;
        let instant = expires_at.plus_seconds(-window.notice.seconds());
        let has_come = instant.is_some_and(|instant| instant > key.created_at);
        let is_given =
            last.is_some_and(|last| last.expires_at == expires_at && last.notice <= window.notice);
        (has_come && !is_given).then_some(window.notice)
    }
}

impl Default for ExpiryNotices {
    /// Returns notices 30, 7 and 1 days before the expiry.
    fn default() -> Self {
        Self {
            notices: [0, 1, 7, 30].map(Notice).into(),
        }
    }
}

impl Display for ExpiryNotices {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let before = self.notices.iter().rev();
        let before = before.filter(|notice| **notice != Notice::EXPIRED);
        let before: Vec<_> = before.map(|notice| notice.days().to_string()).collect();
        match before.is_empty() {
            true => formatter.write_str(NONE),
            false => formatter.write_str(&before.join(",")),
        }
    }
}

// === impl NoticeWindow ===

impl NoticeWindow {
    /// Returns after which key to look for others, when the notice was given up to
    /// `reached`. `None` if there is nothing to look for yet: a store that gives the notice
    /// for the first time begins at the [end](Self::end), so that nobody is told what
    /// happened long ago; and so does one whose clock was ahead and has been set back.
    pub fn start(&self, reached: Option<ExpiryPlace>) -> Option<ExpiryPlace> {
        let reached = reached.filter(|reached| *reached <= self.end())?;
        Some(reached.max(ExpiryPlace::last_at(self.after)))
    }

    /// Returns the place after every key that has the notice by now.
    pub fn end(&self) -> ExpiryPlace {
        ExpiryPlace::last_at(self.until)
    }

    fn has(&self, expires_at: Timestamp) -> bool {
        self.after < expires_at && expires_at <= self.until
    }
}

// === impl ExpiryPlace ===

impl ExpiryPlace {
    /// Returns the place of a key: `None` if it never expires, or was revoked. That it is
    /// disabled makes no difference, because it expires all the same.
    pub fn of(key: &ApiKey) -> Option<Self> {
        let expires_at = Expiry::instant(key.expires_at)?;
        let id = key.id;
        key.revocation.is_none().then_some(Self { expires_at, id })
    }

    fn last_at(expires_at: Timestamp) -> Self {
        let id = ApiKeyId(i64::MAX);
        Self { expires_at, id }
    }
}

#[cfg(test)]
mod tests;
