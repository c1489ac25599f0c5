//! Which events are old: what their dates and their order say together.

use crate::{change::Position, timestamp::Timestamp};

/// From when on events are kept, and what the time is.
///
/// # Example
///
/// ```
/// use apikey_domain::change::cutoff::Cutoff;
/// use apikey_domain::testing::fixture;
///
/// let now = fixture::instant();
/// let dates = [-90, 86_400, -80, -10].map(|seconds| now.plus_seconds(seconds).unwrap());
/// let cutoff = Cutoff { before: now.plus_seconds(-60).unwrap(), now };
/// let old = cutoff.old_part(dates);
/// assert_eq!((old.length, old.is_whole), (3, true));
/// assert!(!cutoff.is_old(dates[1]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutoff {
    /// Events that were recorded before this are old.
    pub before: Timestamp,
    /// The time now. It is not before `before`.
    pub now: Timestamp,
}

/// The beginning of a part of the record, as far as its events are old.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::cutoff::{Cutoff, OldPart}, testing::fixture};
///
/// let now = fixture::instant();
/// let day = |days: i64| now.plus_seconds(days * 86_400).unwrap();
/// let cutoff = Cutoff { before: day(-30), now };
/// let part = cutoff.old_part([day(-40), day(-35), day(-1)]);
/// assert_eq!(part, OldPart { length: 2, is_whole: true });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldPart {
    /// How many events it has, among them any that are dated later. Those stay.
    pub length: usize,
    /// Whether it ends because recent events begin, and not because the part of the
    /// record does.
    pub is_whole: bool,
}

/// What was deleted from a part of the record.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     change::{Position, cutoff::{Cutoff, Pruned}}, port::event_log::EventLog,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// app.user("alice").await;
/// let all = Cutoff::EVERYTHING;
/// let pruned = app.memory.prune_events(all, Position::START, 100).await.unwrap();
/// assert_eq!(pruned, Pruned { events: 1, next: None });
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// How many events.
    pub events: u64,
    /// The position after which to go on; `None` if no more of the record is old.
    pub next: Option<Position>,
}

// === impl Cutoff ===

impl Cutoff {
    /// A cutoff after which nothing is kept.
    pub const EVERYTHING: Self = Self {
        before: Timestamp::MAX,
        now: Timestamp::MAX,
    };

    /// Returns whether the date of an event is before the cutoff.
    pub fn is_old(&self, at: Timestamp) -> bool {
        at < self.before
    }

    /// Returns how many of these events, which are given by their dates and in order,
    /// are old.
    ///
    /// The order of events is that in which they were recorded, whatever the clocks
    /// showed. So wherever the old part ends, each old date after it and each recent
    /// date in it is that of a clock that was wrong. It ends where these are the
    /// fewest; of several such ends at the first. A date that is still to come says
    /// nothing. So neither a clock that was ahead keeps other events, nor does one that
    /// was behind delete new ones.
    pub fn old_part(&self, dates: impl IntoIterator<Item = Timestamp>) -> OldPart {
        let mut part = OldPart {
            length: 0,
            is_whole: false,
        };
        // Recent dates up to here, less old ones.
        let (mut excess, mut least) = (0_i64, 0);
        for (index, at) in dates.into_iter().enumerate() {
            if at > self.now {
                continue;
            }
            excess += if self.is_old(at) { -1 } else { 1 };
            if excess < least {
                least = excess;
                part.length = index + 1;
                part.is_whole = false;
            } else {
                part.is_whole = true;
            }
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;
    use proptest::prelude::*;

    /// Old events are `o`, recent ones `r`, and those dated ahead `a`.
    fn old_part(dates: &str) -> (usize, bool) {
        let at = |seconds| fixture::instant().plus_seconds(seconds).unwrap();
        let cutoff = Cutoff {
            before: at(-60),
            now: at(0),
        };
        let dates = dates.chars().map(|kind| match kind {
            'o' => at(-61),
            'r' => at(-60),
            _ => at(1),
        });
        let part = cutoff.old_part(dates);
        (part.length, part.is_whole)
    }

    #[test]
    fn the_old_part_ends_where_the_fewest_dates_are_wrong() {
        for (dates, length, is_whole) in [
            ("", 0, false),
            ("ooo", 3, false),
            ("ooorr", 3, true),
            ("rr", 0, true),
            // A clock that was ahead, beyond now or not.
            ("aooorr", 4, true),
            ("aaaaaaaaaor", 10, true),
            ("aaaa", 0, false),
            ("oaaa", 1, false),
            ("oaoaoa", 5, false),
            ("rooorr", 4, true),
            ("oorooorr", 6, true),
            // A clock that was behind.
            ("rrrorr", 0, true),
            ("oorrrrorr", 2, true),
            ("oorrrroo", 2, true),
            ("rorororo", 0, true),
            // In doubt for keeping.
            ("ro", 0, true),
            ("ooro", 2, true),
        ] {
            assert_eq!(old_part(dates), (length, is_whole), "{dates}");
        }
    }

    proptest! {
        #[test]
        fn few_wrong_clocks_change_nothing(
            old in 0_usize..40,
            recent in 0_usize..40,
            ahead in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let right = "o".repeat(old) + &"r".repeat(recent);
            let mut dates: Vec<char> = right.chars().collect();
            for index in ahead {
                dates.insert(index.index(dates.len() + 1), 'a');
            }
            let text: String = dates.iter().collect();
            let (length, _) = old_part(&text);
            let in_part = text[..length].matches('o').count();
            prop_assert_eq!(in_part, old);
            prop_assert!(!text[..length].contains('r'));
        }
    }
}
