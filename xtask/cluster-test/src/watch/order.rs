//! Whether all watchers received the same things in the same order.

use std::collections::HashMap;

use crate::watch::view::Entry;

/// Compares segments, received without a break, each an unbroken part of
/// one order of everything. Returns what is wrong.
///
/// The longest is the measure: of another one, the events that both have must
/// follow each other in both without anything between.
pub(crate) fn out_of_order(received: &[(String, Vec<Vec<Entry>>)]) -> Vec<String> {
    let segments = || {
        let all = received.iter();
        all.flat_map(|(name, segments)| segments.iter().map(move |one| (name, one)))
    };
    let Some((measure, longest)) = segments().max_by_key(|(_, segment)| segment.len()) else {
        return Vec::new();
    };
    let places: HashMap<&Entry, usize> = longest
        .iter()
        .enumerate()
        .map(|(place, entry)| (entry, place))
        .collect();
    let mut wrong = Vec::new();
    for (name, segment) in segments() {
        let common = |(at, entry)| Some((at, *places.get(entry)?));
        let common: Vec<(usize, usize)> = segment.iter().enumerate().filter_map(common).collect();
        for pair in common.windows(2) {
            let ((at, place), (next_at, next_place)) = (pair[0], pair[1]);
            if next_at == at + 1 && next_place == place + 1 {
                continue;
            }
            let (one, other) = (&segment[at], &segment[next_at]);
            wrong.push(format!(
                "{name} received {} and then {}, and {measure} was not: there {} lies {} \
                 places further",
                shown(one),
                shown(other),
                shown(other),
                i128::try_from(next_place).unwrap_or_default()
                    - i128::try_from(place).unwrap_or_default()
            ));
        }
    }
    wrong
}

fn shown(entry: &Entry) -> String {
    format!("`{} {} of key {}`", entry.id, entry.event, entry.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(name: &str, segments: &[&[i64]]) -> (String, Vec<Vec<Entry>>) {
        let entry = |key: &i64| Entry {
            id: format!("{key}-1"),
            event: "created".to_owned(),
            key: *key,
        };
        let segments = segments.iter();
        let segments = segments.map(|keys| keys.iter().map(entry).collect());
        (name.to_owned(), segments.collect())
    }

    #[test]
    fn parts_of_one_order_are_fine() {
        let received = [
            received("a", &[&[1, 2, 3, 4, 5]]),
            received("b", &[&[2, 3], &[5, 6]]),
            received("c", &[&[], &[9]]),
        ];
        assert_eq!(out_of_order(&received), Vec::<String>::new());
    }

    #[test]
    fn another_order_is_reported() {
        let received = [
            received("a", &[&[1, 2, 3, 4]]),
            received("b", &[&[2, 1, 3]]),
        ];
        let wrong = out_of_order(&received);
        assert!(!wrong.is_empty());
        assert!(wrong[0].starts_with("b received `2-1"), "{wrong:?}");
    }

    #[test]
    fn an_event_that_one_watcher_missed_is_reported() {
        let received = [
            received("a", &[&[1, 2, 3, 4]]),
            received("b", &[&[1, 3, 4]]),
        ];
        assert_eq!(out_of_order(&received).len(), 1);
    }

    #[test]
    fn an_event_that_only_one_watcher_was_told_is_reported() {
        let received = [
            received("a", &[&[1, 2, 3, 4, 5]]),
            received("b", &[&[1, 2, 9, 3]]),
        ];
        assert_eq!(out_of_order(&received).len(), 1);
    }
}
