//! Expiries that are close: an instant by the clock of the servers, and when that is by the
//! clock of this process.

use anyhow::{Context, Result};
use apikey_domain::timestamp::Timestamp;
use std::{
    ops::RangeInclusive,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How far two clocks of one machine go apart meanwhile, at most.
const CLOCK_MARGIN: Duration = Duration::from_millis(10);

/// An expiry that is close, on servers of this machine.
#[derive(Debug)]
pub struct CloseExpiry {
    /// The instant as a request has it.
    pub instant: String,
    /// When that is.
    pub turn: RangeInclusive<Instant>,
}

// === impl CloseExpiry ===

impl CloseExpiry {
    /// Returns the one that is so far ahead now.
    pub fn ahead(time: Duration) -> Result<Self> {
        let before = Instant::now();
        let time_of_day = since_epoch()? + time;
        let after = Instant::now();
        let microseconds = i64::try_from(time_of_day.as_micros())?;
        let instant = Timestamp::from_microseconds(microseconds).context("no such time")?;
        Ok(Self {
            instant: instant.to_rfc3339(),
            turn: before + time - CLOCK_MARGIN..=after + time + CLOCK_MARGIN,
        })
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "no port leads to the clock that the servers read"
)]
fn since_epoch() -> Result<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turn_is_about_the_instant() {
        let time = Duration::from_secs(60);
        let begun_at = Instant::now();
        let expiry = CloseExpiry::ahead(time).unwrap();
        assert!(*expiry.turn.start() >= begun_at + time - CLOCK_MARGIN);
        assert!(*expiry.turn.end() <= Instant::now() + time + CLOCK_MARGIN);
    }
}
