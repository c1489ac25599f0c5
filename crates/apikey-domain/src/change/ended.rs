//! Which keys are deleted because they ended long ago.

use crate::{
    identifier::ApiKeyId,
    key::api_key::ApiKey,
    timestamp::{CLOCK_TOLERANCE_SECONDS, Timestamp},
};
use std::time::{Duration, Instant};

/// Why a key ended for good, unless its owner decides otherwise.
///
/// # Example
///
/// ```
/// use apikey_domain::change::ended::Ended;
///
/// assert!(Ended::Revoked < Ended::Expired);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// It was revoked.
    Revoked,
    /// It expired.
    Expired,
}

/// A key in the order in which ended keys are deleted: those that were revoked before
/// those that expired, each by when they ended, and by their ids.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     change::ended::{Ended, EndedPlace}, key::expiry::Expiry, testing::fixture,
/// };
///
/// let now = fixture::instant();
/// let mut key = fixture::api_key(7, "ci");
/// assert_eq!(EndedPlace::of(&key), None); // It never ends.
/// key.expires_at = Expiry::at(now);
/// let place = EndedPlace::of(&key).unwrap();
/// assert_eq!((place.cause, place.at), (Ended::Expired, now));
/// assert!(place > EndedPlace::START);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndedPlace {
    /// Why it ended.
    pub cause: Ended,
    /// When it ended, or will.
    pub at: Timestamp,
    /// Its id.
    pub id: ApiKeyId,
}

/// What one transaction deleted.
///
/// # Example
///
/// ```
/// use apikey_domain::change::ended::EndedStep;
///
/// let step = EndedStep { deleted: 7, next: None };
/// assert!(step.next.is_none()); // That was all.
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedStep {
    /// How many keys.
    pub deleted: u32,
    /// After which place to go on; `None` if no more keys ended before.
    pub next: Option<EndedPlace>,
}

/// Returns whether a key ended before an instant: it was revoked before, or it was not and
/// expired before. That it is disabled makes no difference, and no key ends by that.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     change::ended::has_ended_before, key::{api_key::ApiKey, expiry::Expiry},
///     testing::fixture,
/// };
///
/// let (now, key) = (fixture::instant(), fixture::api_key(7, "ci"));
/// let disabled = ApiKey { disabled_at: Some(now), ..key.clone() };
/// let expired = ApiKey { expires_at: Expiry::at(now), ..disabled.clone() };
/// let later = now.plus_seconds(1).unwrap();
/// let have_ended = [key, disabled, expired].map(|key| has_ended_before(&key, later));
/// assert_eq!(have_ended, [false, false, true]);
/// ```
pub fn has_ended_before(key: &ApiKey, before: Timestamp) -> bool {
    EndedPlace::of(key).is_some_and(|place| place.at < before)
}

/// Watches whether a clock goes on as time does.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::ended::SteadyClock, testing::fixture};
/// use std::time::Instant;
///
/// let (now, start) = (fixture::instant(), Instant::now());
/// let mut clock = SteadyClock::default();
/// assert!(!clock.is_steady(now, start));
/// let hour = SteadyClock::SETTLED;
/// let later = now.plus_seconds(3_600).unwrap();
/// assert!(clock.is_steady(later, start + hour));
/// let set = later.plus_seconds(86_400).unwrap();
/// assert!(!clock.is_steady(set, start + hour));
/// ```
#[derive(Debug, Default)]
pub struct SteadyClock {
    /// What it showed when it was first looked at, or after it was set.
    since: Option<(Instant, Timestamp)>,
}

// === impl EndedPlace ===

impl EndedPlace {
    /// The place before all keys.
    pub const START: Self = Self {
        cause: Ended::Revoked,
        at: Timestamp::MIN,
        id: ApiKeyId(i64::MIN),
    };

    /// Returns the place of a key; `None` if it was not revoked and never expires.
    pub fn of(key: &ApiKey) -> Option<Self> {
        let (cause, at) = match &key.revocation {
            Some(revocation) => (Ended::Revoked, revocation.at),
            None => (Ended::Expired, key.expires_at.instant()?),
        };
        let id = key.id;
        Some(Self { cause, at, id })
    }

    /// Returns the place before all keys that ended like this.
    pub fn start_of(cause: Ended) -> Self {
        Self {
            cause,
            ..Self::START
        }
    }
}

// === impl SteadyClock ===

impl SteadyClock {
    /// For how long a clock has to go on as time does before it is steady.
    pub const SETTLED: Duration = Duration::from_secs(3_600);

    /// Returns whether the clock, which shows `now` at `instant`, has gone on as time does
    /// for an hour: it was not set by more than an hour since it was first looked at, or
    /// last set. What cannot be undone waits for that.
    pub fn is_steady(&mut self, now: Timestamp, instant: Instant) -> bool {
        let (since, shown) = *self.since.get_or_insert((instant, now));
        let passed = instant.saturating_duration_since(since);
        let expected = shown.plus(passed).microseconds();
        let tolerance = CLOCK_TOLERANCE_SECONDS.unsigned_abs() * 1_000_000;
        if now.microseconds().abs_diff(expected) > tolerance {
            self.since = Some((instant, now));
            return false;
        }
        passed >= Self::SETTLED
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        key::{
            expiry::Expiry,
            revocation::{NewRevocation, RevocationReason},
        },
        testing::fixture,
    };

    fn at(seconds: i64) -> Timestamp {
        fixture::instant().plus_seconds(seconds).unwrap()
    }

    #[test]
    fn a_key_ends_when_it_is_revoked_or_when_its_owner_said() {
        let key = |revoked: Option<i64>, expires: Option<i64>, disabled: Option<i64>| {
            let (reason, comment) = (RevocationReason::Other, None);
            let revocation = NewRevocation { reason, comment };
            ApiKey {
                revocation: revoked.map(|seconds| revocation.at(at(seconds))),
                expires_at: expires.map_or(Expiry::NEVER, |seconds| Expiry::at(at(seconds))),
                disabled_at: disabled.map(at),
                ..fixture::api_key(7, "ci")
            }
        };
        for (revoked, expires, disabled, has_ended) in [
            (None, None, None, false),
            (None, Some(-1), None, true),
            (None, Some(0), None, false),
            (None, Some(9), Some(-9), false),
            (None, None, Some(-9), false),
            (None, Some(-1), Some(-9), true),
            (Some(-1), None, None, true),
            (Some(-1), Some(9), Some(-9), true),
            // It was kept for the record after it had expired.
            (Some(0), Some(-9), None, false),
        ] {
            let key = key(revoked, expires, disabled);
            assert_eq!(has_ended_before(&key, at(0)), has_ended, "{key:?}");
        }
    }

    #[test]
    fn a_clock_is_steady_an_hour_after_it_was_set() {
        let start = Instant::now();
        let mut clock = SteadyClock::default();
        let mut is_steady = |seconds: u64, ahead: i64| {
            let now = at(i64::try_from(seconds).unwrap() + ahead);
            clock.is_steady(now, start + Duration::from_secs(seconds))
        };
        assert!(!is_steady(0, 0));
        assert!(!is_steady(3_599, 0));
        assert!(is_steady(3_600, 0));
        // It is corrected by a little, time and again.
        assert!(is_steady(4_000, 3_600));
        assert!(is_steady(4_100, -3_600));
        // And then set, ahead and back.
        assert!(!is_steady(5_000, 86_400));
        assert!(!is_steady(8_599, 86_400));
        assert!(is_steady(8_600, 86_400));
        assert!(!is_steady(8_700, 0));
        assert!(is_steady(12_300, 0));
    }
}
