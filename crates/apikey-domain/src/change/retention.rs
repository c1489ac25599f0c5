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
/// assert_eq!(RecordState::default().newest, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordState {
    /// When the newest event was recorded, by the clock of the node that recorded it.
    /// The newest is the last in the order of events.
    pub newest: Option<Timestamp>,
    /// The time by the store's own clock, if it has another than this process.
    pub store_clock: Option<Timestamp>,
    /// How many events there are; gaps in their numbers may be counted.
    pub events: u64,
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
/// let newest = now.plus_seconds(-100 * 86_400);
/// let state = RecordState { newest, ..RecordState::default() };
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

/// Returns the instant before which events may be deleted, `retention_seconds` after they
/// were recorded; `None` if there is no event.
///
/// # Errors
///
/// If the store's clock or the newest event differs from `now` by more than an hour. A
/// record to which nothing was added for an hour stays as it is.
///
/// # Example
///
/// ```
/// use apikey_domain::change::retention::{RecordState, prunable_before};
/// use apikey_domain::testing::fixture;
///
/// let now = fixture::instant();
/// let state = RecordState { newest: Some(now), ..RecordState::default() };
/// assert_eq!(prunable_before(now, &state, 60), Ok(now.plus_seconds(-60)));
/// ```
pub fn prunable_before(
    now: Timestamp,
    state: &RecordState,
    retention_seconds: i64,
) -> Result<Option<Timestamp>, ClocksDisagree> {
    let Some(newest) = state.newest else {
        return Ok(None);
    };
    let clock = state
        .store_clock
        .map(|clock| ("that of the database", clock));
    for (other, instant) in clock
        .into_iter()
        .chain([("the newest event is of", newest)])
    {
        if now.microseconds().abs_diff(instant.microseconds()) > TOLERANCE_MICROSECONDS {
            return Err(ClocksDisagree {
                now,
                other,
                instant,
            });
        }
    }
    Ok(now.plus_seconds(-retention_seconds))
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
            newest: Some(after(newest)),
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
            assert!(may(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_empty_record_has_nothing_to_delete() {
        let empty = RecordState::default();
        assert_eq!(prunable_before(after(0), &empty, 60), Ok(None));
    }
}
