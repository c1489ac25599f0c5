//! Whether all watchers were told the same things in the same order.

use std::collections::HashMap;

use crate::watch::view::Entry;

/// Compares stretches that were told without a break, each an unbroken part of
/// one order of everything. Gives what is wrong.
///
/// The longest is the measure: of another one, the events that both have must
/// follow each other in both without anything between.
pub(crate) fn out_of_order(told: &[(String, Vec<Vec<Entry>>)]) -> Vec<String> {
    let stretches = || {
        let all = told.iter();
        all.flat_map(|(name, stretches)| stretches.iter().map(move |one| (name, one)))
    };
    let Some((measure, longest)) = stretches().max_by_key(|(_, stretch)| stretch.len()) else {
        return Vec::new();
    };
    let places: HashMap<&Entry, usize> = longest
        .iter()
        .enumerate()
        .map(|(place, entry)| (entry, place))
        .collect();
    let mut wrong = Vec::new();
    for (name, stretch) in stretches() {
        let common = |(at, entry)| Some((at, *places.get(entry)?));
        let common: Vec<(usize, usize)> = stretch.iter().enumerate().filter_map(common).collect();
        for pair in common.windows(2) {
            let ((at, place), (next_at, next_place)) = (pair[0], pair[1]);
            if next_at == at + 1 && next_place == place + 1 {
                continue;
            }
            let (one, other) = (&stretch[at], &stretch[next_at]);
            wrong.push(format!(
                "{name} was told {} and then {}, and {measure} was not: there {} lies {} \
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

    fn told(name: &str, stretches: &[&[i64]]) -> (String, Vec<Vec<Entry>>) {
        let entry = |key: &i64| Entry {
            id: format!("{key}-1"),
            event: "created".to_owned(),
            key: *key,
        };
        let stretches = stretches.iter();
        let stretches = stretches.map(|keys| keys.iter().map(entry).collect());
        (name.to_owned(), stretches.collect())
    }

    #[test]
    fn parts_of_one_order_are_fine() {
        let told = [
            told("a", &[&[1, 2, 3, 4, 5]]),
            told("b", &[&[2, 3], &[5, 6]]),
            told("c", &[&[], &[9]]),
        ];
        assert_eq!(out_of_order(&told), Vec::<String>::new());
    }

    #[test]
    fn another_order_is_reported() {
        let told = [told("a", &[&[1, 2, 3, 4]]), told("b", &[&[2, 1, 3]])];
        let wrong = out_of_order(&told);
        assert!(!wrong.is_empty());
        assert!(wrong[0].starts_with("b was told `2-1"), "{wrong:?}");
    }

    #[test]
    fn an_event_that_one_watcher_missed_is_reported() {
        let told = [told("a", &[&[1, 2, 3, 4]]), told("b", &[&[1, 3, 4]])];
        assert_eq!(out_of_order(&told).len(), 1);
    }

    #[test]
    fn an_event_that_only_one_watcher_was_told_is_reported() {
        let told = [told("a", &[&[1, 2, 3, 4, 5]]), told("b", &[&[1, 2, 9, 3]])];
        assert_eq!(out_of_order(&told).len(), 1);
    }
}
