//! `LIKE` patterns for searching lists.

use apikey_domain::listing::SearchTerm;

/// Returns the condition that a folded column contains a term, if there is one, whichever
/// release folded it.
macro_rules! found {
    ($column:expr, $search:expr) => {
        $column
            .like(super::search::pattern($search))
            .escape('\\')
            .or($column
                .like(super::search::pattern_before($search))
                .escape('\\'))
    };
}

/// Returns a pattern for the term, or one that matches everything.
pub(super) fn pattern(search: Option<&SearchTerm>) -> String {
    search.map_or_else(|| "%".to_owned(), |term| containing(term.folded()))
}

/// Returns a pattern for the term in names that an earlier release folded, if that is
/// another one. If not, it matches only what is empty, as no name is.
pub(super) fn pattern_before(search: Option<&SearchTerm>) -> String {
    let before = search.filter(|term| term.folded_as_before() != term.folded());
    before.map_or_else(String::new, |term| containing(term.folded_as_before()))
}

/// Returns a pattern that matches `text` anywhere, with its wildcards escaped.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
