//! How long a key may be used.

use crate::{invalid::Invalid, key::expiry::Expiry, timestamp::Timestamp};
use std::time::Duration;

/// How long a new key may be used. Only [`Lifetime::Never`] makes one that does not
/// expire: no number stands for it.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::Lifetime;
/// use std::time::Duration;
///
/// assert_eq!(Lifetime::days(1), Lifetime::hours(24));
/// assert_eq!(Lifetime::from(Duration::from_secs(3_600)), Lifetime::hours(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// It expires after this time, which is longer than 0.
    For(Duration),
    /// It expires at this instant, which is in the future.
    Until(Timestamp),
    /// It never expires.
    Never,
}

impl Lifetime {
    /// Returns a lifetime of so many hours.
    pub const fn hours(hours: u32) -> Self {
        Self::For(Duration::from_secs(hours as u64 * 3_600))
    }

    /// Returns a lifetime of so many days of 24 hours.
    pub const fn days(days: u32) -> Self {
        Self::For(Duration::from_secs(days as u64 * 86_400))
    }

    /// Returns when a key expires that is made at `now`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `lifetime` if it would have expired already, or would do so
    /// beyond the year 9999.
    pub fn expiry(self, now: Timestamp) -> Result<Expiry, Invalid> {
        let instant = match self {
            Self::Never => return Ok(Expiry::NEVER),
            Self::Until(instant) => instant,
            Self::For(duration) => i64::try_from(duration.as_micros())
                .ok()
                .and_then(|microseconds| now.microseconds().checked_add(microseconds))
                .and_then(Timestamp::from_microseconds)
                .ok_or_else(|| Invalid::new("lifetime", "must not reach beyond the year 9999"))?,
        };
        if instant <= now {
            return Err(Invalid::new("lifetime", "must end in the future"));
        }
        Ok(Expiry::at(instant))
    }
}

impl From<Duration> for Lifetime {
    fn from(duration: Duration) -> Self {
        Self::For(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    #[test]
    fn nothing_but_never_makes_an_immortal_key() {
        let now = fixture::instant();
        let before = now.plus_seconds(-1).unwrap();
        for lifetime in [
            Lifetime::For(Duration::ZERO),
            Lifetime::For(Duration::from_nanos(999)),
            Lifetime::For(Duration::MAX),
            Lifetime::days(u32::MAX),
            Lifetime::Until(now),
            Lifetime::Until(before),
        ] {
            assert!(lifetime.expiry(now).is_err(), "{lifetime:?}");
        }
        let short = Lifetime::For(Duration::from_micros(1)).expiry(now).unwrap();
        assert!(!short.has_passed(now));
        assert!(short.has_passed(now.plus_seconds(1).unwrap()));
        assert_eq!(Lifetime::Never.expiry(now), Ok(Expiry::NEVER));
    }
}
