//! Patterns for the search in lists.

use apikey_domain::listing::SearchTerm;

/// A pattern for the term, or one that everything matches.
pub(super) fn any_or(search: Option<&SearchTerm>) -> String {
    search.map_or_else(|| "%".to_owned(), pattern)
}

/// A pattern that finds `term` anywhere, nothing in it a wildcard.
pub(super) fn pattern(term: &SearchTerm) -> String {
    let mut pattern = String::from("%");
    for character in term.folded().chars() {
        if matches!(character, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
