//! The randomness and the clock of the operating system: the feature `system`, which
//! is on unless it is turned off.

use crate::{
    error::PortError,
    port::{clock::Clock, secret_source::SecretSource},
    timestamp::Timestamp,
};
use std::time::{SystemTime, UNIX_EPOCH};

/// Random bytes of the operating system.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::secret_source::SecretSource, system::SystemSecrets};
///
/// let (mut one, mut other) = ([0; 16], [0; 16]);
/// SystemSecrets.fill(&mut one).unwrap();
/// SystemSecrets.fill(&mut other).unwrap();
/// assert_ne!(one, other);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemSecrets;

impl SecretSource for SystemSecrets {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), PortError> {
        getrandom::fill(bytes).map_err(|error| PortError::Unavailable(error.to_string().into()))
    }
}

/// The time of day of the system, to the microsecond.
///
/// # Example
///
/// ```
/// use apikey_domain::{port::clock::Clock, system::SystemClock};
///
/// assert!(SystemClock.now().may_be_now());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the adapter for the clock"
    )]
    fn now(&self) -> Timestamp {
        timestamp(SystemTime::now())
    }
}

/// Returns a time of day, also one before 1970.
fn timestamp(time: SystemTime) -> Timestamp {
    let (elapsed, sign, end) = match time.duration_since(UNIX_EPOCH) {
        Ok(elapsed) => (elapsed, 1, Timestamp::MAX),
        Err(error) => (error.duration(), -1, Timestamp::MIN),
    };
    i64::try_from(elapsed.as_micros())
        .ok()
        .and_then(|microseconds| Timestamp::from_microseconds(sign * microseconds))
        .unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_time_before_1970_is_before_1970_and_cannot_be_now() {
        assert_eq!(timestamp(UNIX_EPOCH).microseconds(), 0);
        let before = timestamp(UNIX_EPOCH - Duration::from_secs(1));
        assert_eq!(before.microseconds(), -1_000_000);
        assert!(!before.may_be_now());
        let long_before = UNIX_EPOCH - Duration::from_secs(400_000_000_000);
        assert!(!timestamp(long_before).may_be_now());
    }
}
