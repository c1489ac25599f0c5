//! The parts of a name by which an index finds it.

/// How many characters a part has.
const LENGTH: usize = 3;

/// Returns every three neighboring characters of a folded text, from its first ones on. A
/// text that contains another has all of the other's.
///
/// # Example
///
/// ```
/// use apikey_domain::name::grams;
///
/// assert_eq!(grams("größe").collect::<Vec<_>>(), ["grö", "röß", "öße"]);
/// assert_eq!(grams("ci").next(), None);
/// ```
pub fn grams(folded: &str) -> impl Iterator<Item = &str> {
    let starts = folded.char_indices().map(|(start, _)| start);
    let ends = starts.clone().chain([folded.len()]).skip(LENGTH);
    starts.zip(ends).map(|(start, end)| &folded[start..end])
}
