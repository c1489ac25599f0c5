//! The clock of this machine against that of the database, or against its newest event.

use super::finding::Finding;
use apikey_diesel::Examination;
use apikey_domain::timestamp::Timestamp;

/// From how many seconds on clocks differ too much: keys expire that much earlier or later.
const MUCH: i64 = 60;
/// From how many seconds on they differ.
const SOME: i64 = 5;

pub(super) fn findings(
    examination: &Examination,
    before: Timestamp,
    after: Timestamp,
) -> Option<Finding> {
    let advice = "have this machine and that of the database take their time from one source \
                  (NTP); keys expire by these clocks";
    if let Some(clock) = examination.clock {
        let ahead = seconds(clock, before);
        let behind = seconds(after, clock);
        let what = || match ahead > behind {
            true => format!("the clock of this machine is {ahead} s behind that of the database"),
            false => {
                format!("the clock of this machine is {behind} s ahead of that of the database")
            }
        };
        return match ahead.max(behind) {
            MUCH.. => Some(Finding::error("clock", what(), advice)),
            SOME.. => Some(Finding::warning("clock", what(), advice)),
            _ => None,
        };
    }
    let newest = examination.newest_event?;
    let behind = seconds(newest, after);
    let what = format!(
        "the newest event was recorded {behind} s from now ({}): the clock of this machine is \
         behind, or was ahead then",
        newest.to_rfc3339()
    );
    (behind >= MUCH).then(|| Finding::error("clock", what, advice))
}

/// Returns how much later one instant is than the other.
fn seconds(one: Timestamp, other: Timestamp) -> i64 {
    (one.microseconds() - other.microseconds()) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_microseconds(1_700_000_000_000_000 + seconds * 1_000_000).unwrap()
    }

    #[test]
    fn a_clock_that_differs_is_found_in_either_direction() {
        for (clock, found) in [
            (0, false),
            (4, false),
            (-3, false),
            (30, true),
            (3_600, true),
            (-3_600, true),
        ] {
            let examination = Examination {
                clock: Some(at(clock)),
                ..Examination::default()
            };
            let finding = findings(&examination, at(0), at(1));
            assert_eq!(finding.is_some(), found, "{clock}: {finding:?}");
        }
    }

    #[test]
    fn without_one_it_is_compared_with_the_newest_event() {
        for (event, found) in [(-86_400, false), (10, false), (3_600, true)] {
            let examination = Examination {
                newest_event: Some(at(event)),
                ..Examination::default()
            };
            let finding = findings(&examination, at(0), at(1));
            assert_eq!(finding.is_some(), found, "{event}: {finding:?}");
        }
    }
}
