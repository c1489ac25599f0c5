//! The forms of a text in which it is compared.

use caseless::Caseless;
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Returns the text in Unicode's normal form C, in which new names are stored.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::name::composed("e\u{301}"), "é");
/// ```
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

/// Returns the text as it is searched: by Unicode's full case folding, without the
/// distinctions of its compatibility forms (`ﬁ` and `fi`, `Ａ` and `A`), composed.
///
/// # Example
///
/// ```
/// use apikey_domain::name::fold;
///
/// assert_eq!(fold("ΟΔΟΣ"), fold("οδος"));
/// assert_eq!(fold("STRASSE"), fold("Straße"));
/// ```
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded: String = text.nfd().default_case_fold().nfkc().collect();
    // A compatibility form may have become a capital.
    folded.chars().default_case_fold().nfkc().collect()
}

/// Returns the text in lower case, letter by letter: as releases of before [`fold`]
/// stored names for searching. Until their rows are renewed, they are searched so.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::name::fold_of_before("ΟΔΟΣ"), "οδοσ");
/// ```
pub fn fold_of_before(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_differ_in_case_only_fold_alike() {
        for (one, other) in [
            ("Alice", "ALICE"),
            ("ΟΔΟΣ", "οδος"),
            ("οδοσ", "οδος"),
            ("straße", "STRASSE"),
            ("STRAẞE", "straße"),
            ("İ", "i\u{307}"),
            ("ǆ", "ǅ"),
            ("ﬃ", "FFI"),
            ("É", "e\u{301}"),
            ("Ａ１", "a1"),
            ("ᾳ", "ΑΙ"),
            ("Ω", "\u{2126}"),
            ("K", "\u{212a}"),
            ("ꭰ", "Ꭰ"),
            ("ПРИВЕТ", "привет"),
            ("㎯", "RAD∕S2"),
        ] {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_folded_stays_as_it_is() {
        for text in ["ΟΔΟΣ", "İı", "ﷺ", "Straße", "e\u{301}\u{323}", "㎯", " A "] {
            let folded = fold(text);
            assert_eq!(fold(&folded), folded, "{text}");
        }
        assert_ne!(fold("I"), fold("ı"));
        assert_ne!(fold("e"), fold("é"));
    }
}
