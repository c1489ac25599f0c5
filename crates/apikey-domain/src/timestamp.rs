//! Instants with microsecond precision.

use std::time::Duration;

/// By how much clocks may differ before one is taken for wrong: an hour.
pub(crate) const CLOCK_TOLERANCE_SECONDS: i64 = 3_600;

/// An instant in UTC, counted in microseconds since 1970-01-01T00:00:00Z.
///
/// Every instant in the domain lies within the calendar years 1 to 9999, so
/// each has an RFC 3339 form.
///
/// # Example
///
/// ```
/// use apikey_domain::timestamp::Timestamp;
///
/// let epoch = Timestamp::from_microseconds(0).unwrap();
/// assert_eq!(epoch.to_rfc3339(), "1970-01-01T00:00:00.000000Z");
/// assert_eq!(epoch.plus_seconds(3_600).unwrap().microseconds(), 3_600_000_000);
/// assert_eq!(Timestamp::MAX.plus_seconds(1), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last instant of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999_999);
    /// The first instant of the year 1.
    pub const MIN: Self = Self(-62_135_596_800_000_000);

    /// The first instant of the year 2025, before which this service did not exist.
    const EARLIEST: Self = Self(1_735_689_600_000_000);

    /// Returns whether this may be the present. It is not if it lies before the service
    /// existed, as on a machine whose clock was never set, or at the end of the calendar,
    /// which stands for whatever lies outside of it.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::{testing::fixture, timestamp::Timestamp};
    ///
    /// assert!(fixture::instant().may_be_now());
    /// let epoch = Timestamp::from_microseconds(0).unwrap();
    /// assert!(!epoch.may_be_now() && !Timestamp::MAX.may_be_now());
    /// ```
    pub fn may_be_now(self) -> bool {
        (Self::EARLIEST..Self::MAX).contains(&self)
    }

    /// Returns the instant `microseconds` after the epoch, or `None` if it lies
    /// outside the calendar.
    pub fn from_microseconds(microseconds: i64) -> Option<Self> {
        let timestamp = Self(microseconds);
        (Self::MIN..=Self::MAX)
            .contains(&timestamp)
            .then_some(timestamp)
    }

    /// Returns the microseconds since the epoch.
    pub const fn microseconds(self) -> i64 {
        self.0
    }

    /// Returns the instant `seconds` later, or `None` if it lies outside the
    /// calendar.
    pub fn plus_seconds(self, seconds: i64) -> Option<Self> {
        let microseconds = seconds.checked_mul(1_000_000)?.checked_add(self.0)?;
        Self::from_microseconds(microseconds)
    }

    /// Returns the instant `duration` later, or the end of the calendar.
    pub(crate) fn plus(self, duration: Duration) -> Self {
        let later = i64::try_from(duration.as_micros())
            .ok()
            .and_then(|microseconds| self.0.checked_add(microseconds));
        later.map_or(Self::MAX, |later| Self(later).min(Self::MAX))
    }

    /// Returns when something changed that changes at this instant, and last changed at
    /// `before`. It never moves back, and by a clock that is behind it moves, too: what was
    /// changed must not look as if it had not been.
    pub(crate) fn of_change_after(self, before: Self) -> Self {
        match self >= before {
            true => self,
            false => before.plus(Duration::from_micros(1)),
        }
    }

    /// Formats the instant as RFC 3339 in UTC with six decimals of a second.
    pub fn to_rfc3339(self) -> String {
        let (days, of_day) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let (seconds, microseconds) = (of_day / 1_000_000, of_day % 1_000_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{microseconds:06}Z"
        )
    }
}

/// The microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// Returns the year, the month and the day of the month that begin so many days after
/// 1970-01-01, by the Gregorian calendar. It counts in years that begin on March 1, so
/// that the day of a leap year is the last one, and in eras of 400 years, which are
/// all alike.
fn date(days: i64) -> (i64, i64, i64) {
    // From March 1 of the year 0.
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let leap_days = of_era / 1_460 - of_era / 36_524 + of_era / 146_096;
    let year_of_era = (of_era - leap_days) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Five months in a row, from March or August, have 153 days.
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = 400 * era + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::{OffsetDateTime, macros::format_description};

    /// The form as the crate `time` writes it.
    fn reference(timestamp: Timestamp) -> String {
        let format = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"
        );
        let nanoseconds = i128::from(timestamp.0) * 1_000;
        let instant = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap();
        instant.format(format).unwrap()
    }

    proptest! {
        #[test]
        fn an_instant_is_written_as_the_reference_writes_it(
            microseconds in Timestamp::MIN.0..=Timestamp::MAX.0,
        ) {
            let timestamp = Timestamp(microseconds);
            prop_assert_eq!(timestamp.to_rfc3339(), reference(timestamp));
        }
    }

    #[test]
    fn every_day_of_two_eras_is_written_as_the_reference_writes_it() {
        for day in -146_097..=146_097 {
            let timestamp = Timestamp(day * DAY - 1);
            assert_eq!(timestamp.to_rfc3339(), reference(timestamp));
        }
    }

    #[test]
    fn the_ends_of_the_calendar_can_be_formatted() {
        assert_eq!(Timestamp::MAX.to_rfc3339(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(Timestamp::MIN.to_rfc3339(), "0001-01-01T00:00:00.000000Z");
    }

    #[test]
    fn nothing_is_later_than_the_end_of_the_calendar() {
        let second = Duration::from_secs(1);
        let start = Timestamp::MIN;
        assert_eq!(Some(start.plus(second)), start.plus_seconds(1));
        assert_eq!(Timestamp::MAX.plus(second), Timestamp::MAX);
        assert_eq!(start.plus(Duration::MAX), Timestamp::MAX);
    }

    #[test]
    fn an_instant_outside_the_calendar_does_not_exist() {
        assert_eq!(Timestamp::from_microseconds(Timestamp::MAX.0 + 1), None);
        assert_eq!(Timestamp::from_microseconds(i64::MIN), None);
        assert_eq!(Timestamp::MIN.plus_seconds(i64::MAX), None);
    }
}
