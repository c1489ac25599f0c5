//! When a key expires.

use crate::{invalid::Invalid, timestamp::Timestamp};
use std::time::Duration;

/// The instant from which a key is refused, if any.
///
/// A key has expired when `now >= expires_at`: it is refused at the very
/// instant.
///
/// # Example
///
/// ```
/// use apikey_domain::key::expiry::{Expiry, Lifetime};
/// use apikey_domain::timestamp::Timestamp;
/// use std::time::Duration;
///
/// let now = Timestamp::from_microseconds(0).unwrap();
/// let expiry = Expiry::of(Lifetime::For(Duration::from_secs(60)), now).unwrap();
/// assert!(!expiry.has_passed(now));
/// assert!(expiry.has_passed(now.plus_seconds(60).unwrap()));
/// assert!(expiry < Expiry::NEVER);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Expiry(i64);

/// How long a new key is to live.
///
/// No number stands for "never": who wants a key that never expires says so.
///
/// # Example
///
/// ```
/// use apikey_domain::key::expiry::{Expiry, Lifetime};
/// use apikey_domain::testing::fixture;
/// use std::time::Duration;
///
/// let now = fixture::instant();
/// assert_eq!(Expiry::of(Lifetime::Unlimited, now).unwrap(), Expiry::NEVER);
/// assert!(Expiry::of(Lifetime::For(Duration::ZERO), now).is_err());
/// assert!(Expiry::of(Lifetime::Until(now), now).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// It never expires.
    Unlimited,
    /// It expires this long after it is created: a microsecond or more.
    For(Duration),
    /// It expires at this instant, which lies ahead.
    Until(Timestamp),
}

impl Expiry {
    /// The expiry of a key that never expires.
    pub const NEVER: Self = Self(i64::MAX);

    /// An expiry that has passed at any time, by any clock.
    pub const PASSED: Self = Self(Timestamp::MIN.microseconds());

    /// Returns the expiry at `instant`, which may have passed: that of a stored key.
    pub fn at(instant: Timestamp) -> Self {
        Self(instant.microseconds())
    }

    /// Returns the expiry of a key with this lifetime that is created at `now`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `expires_in` if the lifetime is less than a microsecond or
    /// reaches beyond the year 9999, and for `expires_at` if the instant has come.
    pub fn of(lifetime: Lifetime, now: Timestamp) -> Result<Self, Invalid> {
        match lifetime {
            Lifetime::Unlimited => Ok(Self::NEVER),
            Lifetime::For(duration) if duration.as_micros() == 0 => {
                Err(Invalid::new("expires_in", "must be longer than nothing"))
            }
            Lifetime::For(duration) => after(now, duration)
                .ok_or_else(|| Invalid::new("expires_in", "must not reach beyond the year 9999")),
            Lifetime::Until(instant) if instant <= now => {
                Err(Invalid::new("expires_at", "must lie ahead"))
            }
            Lifetime::Until(instant) => Ok(Self::at(instant)),
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

fn after(now: Timestamp, duration: Duration) -> Option<Expiry> {
    let microseconds = i64::try_from(duration.as_micros()).ok()?;
    let instant = now.microseconds().checked_add(microseconds)?;
    Timestamp::from_microseconds(instant).map(Expiry::at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    #[test]
    fn no_lifetime_is_taken_for_an_unlimited_one() {
        let now = fixture::instant();
        let past = now.plus_seconds(-1).unwrap();
        let refused = [
            Lifetime::For(Duration::ZERO),
            Lifetime::For(Duration::from_nanos(999)),
            Lifetime::For(Duration::from_secs(u64::MAX)),
            Lifetime::For(Duration::MAX),
            Lifetime::Until(now),
            Lifetime::Until(past),
            Lifetime::Until(Timestamp::MIN),
        ];
        for lifetime in refused {
            assert!(Expiry::of(lifetime, now).is_err(), "{lifetime:?}");
        }
        let last = Expiry::of(Lifetime::Until(Timestamp::MAX), now).unwrap();
        assert_eq!(last.instant(), Some(Timestamp::MAX));
        let shortest = Expiry::of(Lifetime::For(Duration::from_micros(1)), now).unwrap();
        assert!(!shortest.has_passed(now));
        assert_eq!(Expiry::of(Lifetime::Unlimited, now), Ok(Expiry::NEVER));
    }
}
