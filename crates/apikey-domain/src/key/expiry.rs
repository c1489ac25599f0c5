//! When a key stops.

use crate::{invalid::Invalid, timestamp::Timestamp};

/// The instant from which a key is refused, or never.
///
/// A key is expired when `now >= expires_at`: at the boundary it is refused.
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
    /// A key that does not expire.
    pub const NEVER: Self = Self(i64::MAX);

    /// Expires at this instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(instant.microseconds())
    }

    /// Expires `seconds` after `now`; absent, zero or negative: never.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `expires_in` when the instant lies beyond the year 9999.
    pub fn after_seconds(now: Timestamp, seconds: Option<i64>) -> Result<Self, Invalid> {
        match seconds {
            None | Some(..=0) => Ok(Self::NEVER),
            Some(seconds) => now
                .plus_seconds(seconds)
                .map(Self::at)
                .ok_or_else(|| Invalid::new("expires_in", "must not reach beyond the year 9999")),
        }
    }

    /// The instant, where there is one.
    pub fn instant(self) -> Option<Timestamp> {
        // Never lies beyond the calendar.
        Timestamp::from_microseconds(self.0)
    }

    /// Whether a key with this expiry is refused at `now`.
    pub fn has_passed(self, now: Timestamp) -> bool {
        now.microseconds() >= self.0
    }
}
