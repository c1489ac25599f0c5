//! Expiries that are close: an instant by the clock of the servers, and when that is by the
//! clock of this process.

use anyhow::{Context, Result};
use apikey_domain::timestamp::Timestamp;
use std::{
    ops::RangeInclusive,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

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

    /// Returns the one at an instant that a server has named.
    pub fn at(instant: &str) -> Result<Self> {
        let at = Duration::from_micros(u64::try_from(microseconds(instant)?)?);
        let before = Instant::now();
        let time_of_day = since_epoch()?;
        let after = Instant::now();
        // One of them is nothing: it lies ahead, or has passed.
        let ahead = at.saturating_sub(time_of_day);
        let behind = time_of_day.saturating_sub(at) + CLOCK_MARGIN;
        let start = (before + ahead).checked_sub(behind);
        let end = (after + ahead + 2 * CLOCK_MARGIN).checked_sub(behind);
        let (start, end) = start.zip(end).context("long before this machine started")?;
        let (instant, turn) = (instant.to_owned(), start..=end);
        Ok(Self { instant, turn })
    }
}

/// Returns the microseconds since the epoch of an instant that a server has named.
pub fn microseconds(instant: &str) -> Result<i64> {
    let parsed = OffsetDateTime::parse(instant, &Rfc3339);
    let at = parsed.with_context(|| format!("{instant} is no instant"))?;
    Ok(i64::try_from(at.unix_timestamp_nanos() / 1_000)?)
}

/// Returns the microseconds since the epoch by the clock of the servers.
pub fn now_microseconds() -> Result<i64> {
    Ok(i64::try_from(since_epoch()?.as_micros())?)
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
        let named = CloseExpiry::at(&expiry.instant).unwrap();
        let least = begun_at + time - 2 * CLOCK_MARGIN;
        assert!(*named.turn.start() >= least);
        assert!(*named.turn.end() <= Instant::now() + time + 2 * CLOCK_MARGIN);
        assert_eq!(
            microseconds("1970-01-01T00:00:01.000002Z").unwrap(),
            1_000_002
        );
    }
}
