//! The time of day.

use crate::{error::PortError, timestamp::Timestamp};

/// Returns the time of day.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::clock::Clock, testing::fixture, timestamp::Timestamp};
///
/// /// A clock that stands still.
/// struct Stopped(Timestamp);
///
/// impl Clock for Stopped {
///     fn now(&self) -> Timestamp {
///         self.0
///     }
/// }
/// assert_eq!(Stopped(fixture::instant()).now(), fixture::instant());
/// ```
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait Clock: Send + Sync {
    /// Returns the current instant. It MUST lie within the calendar of
    /// [`Timestamp`] and MAY jump in either direction. An instant outside of the
    /// calendar MUST be returned as its end.
    fn now(&self) -> Timestamp;
}

/// Returns the current instant, to judge by it whether a key is valid or who signs in.
///
/// # Errors
///
/// [`PortError::Unavailable`] if the clock is certainly wrong
/// ([`Timestamp::may_be_now`]): then nothing can be judged.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::clock::judging_now, testing::ManualClock};
///
/// let clock = ManualClock::new();
/// assert!(judging_now(&clock).is_ok());
/// clock.advance_seconds(-60 * 365 * 86_400);
/// assert!(judging_now(&clock).is_err());
/// ```
pub fn judging_now(clock: &dyn Clock) -> Result<Timestamp, PortError> {
    let now = clock.now();
    let wrong = "the clock of this machine shows a time that cannot be: set it";
    now.may_be_now()
        .then_some(now)
        .ok_or_else(|| PortError::Unavailable(wrong.into()))
}
