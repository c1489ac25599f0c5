//! Whether all watchers received the same things in the same order.

use std::collections::HashMap;

/// Compares segments, received without a break, each an unbroken part of
/// one order of everything. Returns what is wrong.
///
/// The longest is the measure: of another one, the events that both have must
/// follow each other in both without anything between.
pub(crate) fn out_of_order(received: &[(String, Vec<Vec<String>>)]) -> Vec<String> {
    let segments = || {
        let all = received.iter();
        all.flat_map(|(name, segments)| segments.iter().map(move |one| (name, one)))
    };
    let Some((measure, longest)) = segments().max_by_key(|(_, segment)| segment.len()) else {
        return Vec::new();
    };
    let places: HashMap<&String, usize> = longest.iter().zip(0..).collect();
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
                "{name} received `{one}` and then `{other}`, which {measure} has at {place} and \
                 {next_place}"
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(name: &str, segments: &[&[i64]]) -> (String, Vec<Vec<String>>) {
        let segments = segments.iter();
        let segments = segments.map(|keys| keys.iter().map(i64::to_string).collect());
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
    fn what_breaks_the_order_is_reported() {
        // Another order, an event that one missed, one that no other watcher received.
        for other in [&[2, 1, 3][..], &[1, 3, 4], &[1, 2, 9, 3]] {
            let received = [received("a", &[&[1, 2, 3, 4, 5]]), received("b", &[other])];
            let wrong = out_of_order(&received);
            assert!(wrong[0].starts_with("b received"), "{wrong:?}");
        }
    }
}
