//! When a key expires.

use crate::{invalid::Invalid, timestamp::Timestamp};

/// The instant from which a key is refused, if any.
///
/// A key has expired when `now >= expires_at`: it is refused at the very
/// instant.
///
/// # Example
///
/// ```
/// use apikey_domain::key::expiry::Expiry;
/// use apikey_domain::timestamp::Timestamp;
///
/// let now = Timestamp::from_microseconds(0).unwrap();
/// let expiry = Expiry::after_seconds(now, Some(60)).unwrap();
/// assert!(!expiry.has_passed(now));
/// assert!(expiry.has_passed(now.plus_seconds(60).unwrap()));
/// assert_eq!(Expiry::after_seconds(now, Some(0)).unwrap(), Expiry::NEVER);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Expiry(i64);

impl Expiry {
    /// The expiry of a key that never expires.
    pub const NEVER: Self = Self(i64::MAX);

    /// Returns the expiry at `instant`.
    pub fn at(instant: Timestamp) -> Self {
        Self(instant.microseconds())
    }

    /// Returns the expiry `seconds` after `now`, or [`Self::NEVER`] if `seconds`
    /// is absent, zero or negative.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `expires_in` if the instant lies beyond the year 9999.
    pub fn after_seconds(now: Timestamp, seconds: Option<i64>) -> Result<Self, Invalid> {
        match seconds {
            None | Some(..=0) => Ok(Self::NEVER),
            Some(seconds) => now
                .plus_seconds(seconds)
                .map(Self::at)
                .ok_or_else(|| Invalid::new("expires_in", "must not reach beyond the year 9999")),
        }
    }

    /// Returns the instant, or `None` if the key never expires.
    pub fn instant(self) -> Option<Timestamp> {
        // `NEVER` lies beyond the calendar.
        Timestamp::from_microseconds(self.0)
    }

    /// Returns whether a key with this expiry is refused at `now`.
    pub fn has_passed(self, now: Timestamp) -> bool {
        now.microseconds() >= self.0
    }
}
