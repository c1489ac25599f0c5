//! `LIKE` patterns for searching lists.

use apikey_domain::listing::SearchTerm;

/// Returns a pattern for the term, or one that matches everything.
pub(super) fn any_or(search: Option<&SearchTerm>) -> String {
    search.map_or_else(|| "%".to_owned(), pattern)
}

/// Returns a pattern that matches `term` anywhere, with its wildcards escaped.
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
