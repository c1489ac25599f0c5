//! The name that somebody may have meant.

/// From which likeness on a name is suggested, of 1.
const LIKENESS: f64 = 0.5;

/// Returns the known name that is most like the one that was given.
pub(super) fn of<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // It takes time for each pair of characters.
    let given: String = given.chars().take(64).collect();
    known
        .map(|known| {
            let likeness = strsim::normalized_damerau_levenshtein(known, &given);
            (likeness, known)
        })
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .map(|(_, known)| known)
}
