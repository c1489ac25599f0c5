//! The dot that a letter has already.

use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

const DOT_ABOVE: char = '\u{307}';
/// The class of marks that stand above a letter, as the dot does.
const ABOVE: u8 = 230;

/// Returns the text, composed, without a dot above letters that are written with a
/// dot: nobody sees U+0307 over an `i`.
pub(super) fn undotted(text: &str) -> String {
    let mut has_dot = false;
    let is_kept = |character: &char| {
        if *character == DOT_ABOVE && has_dot {
            return false;
        }
        match canonical_combining_class(*character) {
            0 => has_dot = is_soft_dotted(*character),
            ABOVE => has_dot = false,
            _ => {}
        }
        true
    };
    let kept: String = text.nfd().filter(is_kept).collect();
    kept.nfc().collect()
}

/// Unicode's property `Soft_Dotted`, without what decomposes and the letters of
/// mathematics, which become `i` and `j`.
fn is_soft_dotted(character: char) -> bool {
    matches!(
        character,
        'i' | 'j'
            | '\u{249}'
            | '\u{268}'
            | '\u{29d}'
            | '\u{2b2}'
            | '\u{3f3}'
            | '\u{456}'
            | '\u{458}'
            | '\u{1d62}'
            | '\u{1d96}'
            | '\u{1da4}'
            | '\u{1da8}'
            | '\u{2071}'
            | '\u{2c7c}'
            | '\u{1df1a}'
            | '\u{1e04c}'..='\u{1e04d}' | '\u{1e068}'
    )
}

#[cfg(test)]
mod tests {
    use super::undotted;

    #[test]
    fn a_dot_goes_where_a_letter_has_one_already() {
        for (text, expected) in [
            ("ki\u{307}n", "kin"),
            ("i\u{307}\u{307}", "i"),
            ("\u{456}\u{307}j\u{307}\u{458}\u{307}", "\u{456}j\u{458}"),
            ("\u{12f}\u{307}", "\u{12f}"),
            ("i\u{307}\u{301}", "í"),
            ("í\u{307}", "í\u{307}"),
            ("İ", "İ"),
            ("ı\u{307}", "ı\u{307}"),
            ("z\u{307}", "ż"),
            ("ia\u{307}", "iȧ"),
            ("\u{307}", "\u{307}"),
            ("", ""),
        ] {
            assert_eq!(undotted(text), expected, "{text:?}");
        }
    }
}
