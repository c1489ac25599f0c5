//! The form in which passwords are compared.

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// How many times its bytes a text may have in Normalization Form C.
const MOST_EXPANSION: usize = 3;

/// Returns `text` as an OpaqueString (RFC 8265, section 4.2): each space that is not
/// ASCII becomes one that is, and then the whole is brought into Normalization Form C.
/// Returns `None` if it has a control character.
///
/// Other characters that the RFC excludes are left as they are: which code points are
/// assigned depends on the version of Unicode, and a password must not stop working
/// with an update.
pub(super) fn prepare(text: &str) -> Option<Zeroizing<String>> {
    if text.chars().any(char::is_control) {
        return None;
    }
    // Large enough that nothing of it is moved, which would leave a copy.
    let most = text.len().saturating_mul(MOST_EXPANSION);
    let mut prepared = Zeroizing::new(String::with_capacity(most));
    if text.is_ascii() {
        prepared.push_str(text);
    } else {
        prepared.extend(text.chars().map(ascii_space).nfc());
    }
    Some(prepared)
}

/// Replaces a space, the general category Zs, by that of ASCII.
fn ascii_space(c: char) -> char {
    match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_texts_and_any_spaces_are_one() {
        for (text, prepared) in [
            ("Passw0rd_1", "Passw0rd_1"),
            ("Pa\u{df}w\u{f6}rt_1", "Pa\u{df}w\u{f6}rt_1"),
            ("Pa\u{df}wo\u{308}rt_1", "Pa\u{df}w\u{f6}rt_1"),
            ("a\u{a0}b\u{3000}c d\u{2003}", "a b c d "),
            ("\u{212b}\u{2126}", "\u{c5}\u{3a9}"),
            ("q\u{323}\u{307}", "q\u{323}\u{307}"),
            ("q\u{307}\u{323}", "q\u{323}\u{307}"),
            ("\u{1100}\u{1161}", "\u{ac00}"),
            // Compatibility is kept: these are others.
            ("\u{ff21}\u{fb01}", "\u{ff21}\u{fb01}"),
            ("", ""),
        ] {
            assert_eq!(prepare(text).unwrap().as_str(), prepared, "{text:?}");
            assert_eq!(prepare(prepared).unwrap().as_str(), prepared);
        }
    }

    #[test]
    fn a_control_character_has_no_such_form() {
        for text in ["\0", "a\n", "\u{7f}", "\u{85}", "\u{f6}\t"] {
            assert!(prepare(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn no_character_grows_beyond_what_is_reserved() {
        for c in '\0'..=char::MAX {
            let bytes: usize = std::iter::once(c).nfc().map(char::len_utf8).sum();
            assert!(bytes <= MOST_EXPANSION * c.len_utf8(), "{c:?}");
        }
    }
}
