//! Which events may be deleted for their age.
//!
//! Nothing that cannot be undone is done on the word of one clock.

use crate::timestamp::{CLOCK_TOLERANCE_SECONDS, Timestamp};

/// What is known of the record of changes.
///
/// # Example
///
/// ```
/// use apikey_domain::change::retention::RecordState;
///
/// assert!(RecordState::default().latest.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordState {
    /// When the last events in the order of events were recorded, by the clocks of the
    /// nodes that recorded them; the last event first. These are those of the last
    /// [`Self::LATEST`] that are no notices ([`Change::is_notice`]): one clock would make
    /// these by itself, and then confirm itself.
    ///
    /// [`Change::is_notice`]: super::Change::is_notice
    pub latest: Vec<Timestamp>,
    /// The time by the store's own clock, if it has another than this process.
    pub store_clock: Option<Timestamp>,
    /// How many events there are; gaps in their numbers may be counted.
    pub events: u64,
}

// === impl RecordState ===

impl RecordState {
    /// How many of the last events are looked at.
    pub const LATEST: usize = 100;
}

/// Why nothing may be deleted: two clocks differ by more than an hour.
///
/// # Example
///
/// ```
/// use apikey_domain::change::retention::{RecordState, prunable_before};
/// use apikey_domain::testing::fixture;
///
/// let now = fixture::instant();
/// let latest = now.plus_seconds(-100 * 86_400).into_iter().collect();
/// let state = RecordState { latest, ..RecordState::default() };
/// let refused = prunable_before(now, &state, 86_400).unwrap_err();
/// assert!(refused.to_string().contains("newest event"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the clock of this server shows {}, and {other} {}", .now.to_rfc3339(), .instant.to_rfc3339()
)]
pub struct ClocksDisagree {
    now: Timestamp,
    other: &'static str,
    instant: Timestamp,
}

/// Checks that the store's own clock, if it has one, does not differ from `now` by more than
/// an hour.
///
/// # Errors
///
/// If it does.
///
/// # Example
///
/// ```
/// use apikey_domain::change::retention::{RecordState, agree_with_store};
/// use apikey_domain::testing::fixture;
///
/// let now = fixture::instant();
/// let state = RecordState { store_clock: Some(now), ..RecordState::default() };
/// assert!(agree_with_store(now.plus_seconds(3_600).unwrap(), &state).is_ok());
/// assert!(agree_with_store(now.plus_seconds(3_601).unwrap(), &state).is_err());
/// ```
pub fn agree_with_store(now: Timestamp, state: &RecordState) -> Result<(), ClocksDisagree> {
    match state.store_clock {
        Some(clock) => agree(now, "that of the database", clock),
        None => Ok(()),
    }
}

/// Returns the instant before which events may be deleted, `retention_seconds` after they
/// were recorded; `None` if there is no event.
///
/// # Errors
///
/// If the store's clock or the newest event differs from `now` by more than an hour. An
/// event that is dated more than an hour ahead is not taken for the newest if there is
/// another. A record to which nothing was added for an hour stays as it is.
///
/// # Example
///
/// ```
/// use apikey_domain::change::retention::{RecordState, prunable_before};
/// use apikey_domain::testing::fixture;
///
/// let now = fixture::instant();
/// let state = RecordState { latest: vec![now], ..RecordState::default() };
/// assert_eq!(prunable_before(now, &state, 60), Ok(now.plus_seconds(-60)));
/// ```
pub fn prunable_before(
    now: Timestamp,
    state: &RecordState,
    retention_seconds: i64,
) -> Result<Option<Timestamp>, ClocksDisagree> {
    let Some(last) = state.latest.first() else {
        return Ok(None);
    };
    // What was recorded with a clock that was ahead says nothing about this one. If this
    // one is behind, no event at all is dated by then.
    let end = now
        .microseconds()
        .saturating_add_unsigned(TOLERANCE_MICROSECONDS);
    let is_past = |at: &&Timestamp| at.microseconds() <= end;
    let newest = *state.latest.iter().find(is_past).unwrap_or(last);
    agree_with_store(now, state)?;
    agree(now, "the newest event is of", newest)?;
    Ok(now.plus_seconds(-retention_seconds))
}

fn agree(now: Timestamp, other: &'static str, instant: Timestamp) -> Result<(), ClocksDisagree> {
    if now.microseconds().abs_diff(instant.microseconds()) > TOLERANCE_MICROSECONDS {
        return Err(ClocksDisagree {
            now,
            other,
            instant,
        });
    }
    Ok(())
}

/// Returns how many events of a record may be deleted at once: `percent` of them, at
/// least one.
///
/// # Example
///
/// ```
/// use apikey_domain::change::retention::prune_limit;
///
/// assert_eq!((prune_limit(1_000, 10), prune_limit(5, 10)), (100, 1));
/// ```
pub fn prune_limit(events: u64, percent: u64) -> u64 {
    (events.saturating_mul(percent) / 100).max(1)
}

const TOLERANCE_MICROSECONDS: u64 = CLOCK_TOLERANCE_SECONDS.unsigned_abs() * 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    fn after(seconds: i64) -> Timestamp {
        fixture::instant().plus_seconds(seconds).unwrap()
    }

    #[test]
    fn nothing_is_deleted_when_clocks_differ_by_more_than_an_hour() {
        let state = |newest, store_clock| RecordState {
            latest: vec![after(newest)],
            store_clock,
            events: 7,
        };
        let may = |state| prunable_before(after(0), &state, 60);
        let before = Ok(Some(after(-60)));
        assert_eq!(may(state(-3_600, None)), before);
        assert_eq!(may(state(3_600, Some(after(-3_600)))), before);
        for wrong in [
            state(-3_601, None),
            state(3_601, None),
            state(0, Some(after(3_601))),
            state(0, Some(after(-8_640_000))),
        ] {
            assert!(may(wrong.clone()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn events_that_are_dated_ahead_do_not_speak_for_the_others() {
        let may = |latest: &[i64]| {
            let latest = latest.iter().map(|seconds| after(*seconds)).collect();
            let state = RecordState {
                latest,
                ..RecordState::default()
            };
            prunable_before(after(0), &state, 60)
        };
        let before = Ok(Some(after(-60)));
        assert_eq!(may(&[8_640_000, -10]), before);
        assert_eq!(may(&[8_640_000, 7_200, 3_600]), before);
        assert!(may(&[8_640_000, 7_200]).is_err());
        assert!(may(&[8_640_000, -3_601, -10]).is_err());
    }

    #[test]
    fn an_empty_record_has_nothing_to_delete() {
        let empty = RecordState::default();
        assert_eq!(prunable_before(after(0), &empty, 60), Ok(None));
    }
}
