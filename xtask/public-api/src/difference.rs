//! What differs between two listings.

use std::collections::BTreeSet;

/// Returns the lines that are in one listing only: `-` before what was there, `+` before
/// what is new. Where a line stands does not matter.
pub(crate) fn difference(before: &str, after: &str) -> String {
    let (before, after): (BTreeSet<_>, BTreeSet<_>) =
        (before.lines().collect(), after.lines().collect());
    let removed = before.difference(&after).map(|line| ("-", line));
    let added = after.difference(&before).map(|line| ("+", line));
    removed
        .chain(added)
        .map(|(sign, line)| format!("{sign} {line}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_moves_is_no_difference() {
        assert_eq!(difference("a\nb\n", "b\na\n"), "");
    }

    #[test]
    fn what_is_removed_comes_before_what_is_new() {
        assert_eq!(difference("a\nb\n", "b\nc\n"), "- a\n+ c\n");
        assert_eq!(difference("", "a\n"), "+ a\n");
    }
}
