//! What single characters may not stand in a name.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// Why a character is in no new name.
pub(super) fn fault(character: char) -> Option<&'static str> {
    Some(match character.general_category() {
        GeneralCategory::Control => "a control character",
        GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => "a line separator",
        GeneralCategory::PrivateUse => "a character for private use",
        GeneralCategory::Unassigned | GeneralCategory::Surrogate => {
            "a character that Unicode does not assign"
        }
        GeneralCategory::Format => "an invisible character",
        _ if is_invisible(character) => "an invisible character",
        _ if character == char::REPLACEMENT_CHARACTER => "the replacement character",
        _ => return None,
    })
}

/// Returns whether the character is written onto the one before it.
pub(super) fn is_mark(character: char) -> bool {
    character.general_category_group() == GeneralCategoryGroup::Mark
}

/// Returns whether nothing is seen of the character, though something may be seen of
/// what it does to others.
pub(super) fn is_invisible(character: char) -> bool {
    is_ignorable(character)
        || is_empty(character)
        || matches!(
            character.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        )
}

/// Unicode's property `Default_Ignorable_Code_Point`, beyond what is a format
/// character. It also reserves code points to come.
fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2065}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Characters that Unicode counts as letters, marks or symbols, and that have no ink:
/// the Braille pattern without dots, a half space of ideographs, the place of an
/// object, the joiner of Brahmi numbers, a filler, two blanks of Egyptian, the head of
/// no note, and two spaces of SignWriting.
fn is_empty(character: char) -> bool {
    matches!(
        character,
        '\u{2800}'
            | '\u{303f}'
            | '\u{fffc}'
            | '\u{1107f}'
            | '\u{13441}'
            | '\u{13442}'
            | '\u{16fe4}'
            | '\u{1d159}'
            | '\u{1da7f}'
            | '\u{1da80}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_all_scripts_and_emoji_have_no_fault() {
        for character in "aÄß漢字हिन्दीعربית한글ไทย🦀👩1_-. '\u{301}".chars()
        {
            assert_eq!(fault(character), None, "U+{:04X}", character as u32);
        }
    }

    #[test]
    fn what_is_not_seen_has_a_fault() {
        for character in "\0\t\n\u{7f}\u{85}\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180e}\
             \u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\
             \u{206f}\u{2800}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{1d159}\u{1d173}\u{e0001}\
             \u{e0061}\u{e0100}\u{13430}\u{303f}\u{fffc}\u{1107f}\u{1da7f}\u{1da80}"
            .chars()
        {
            assert!(fault(character).is_some(), "U+{:04X}", character as u32);
            assert!(is_invisible(character), "U+{:04X}", character as u32);
        }
        for character in "\u{e000}\u{f8ff}\u{10ffff}\u{fdd0}\u{378}\u{fffd}".chars() {
            assert!(fault(character).is_some(), "U+{:04X}", character as u32);
        }
    }

    #[test]
    fn a_mark_is_told_from_a_letter() {
        for character in "\u{301}\u{93e}\u{20dd}\u{fe0f}".chars() {
            assert!(is_mark(character), "U+{:04X}", character as u32);
        }
        for character in "aé漢 ´\u{200d}".chars() {
            assert!(!is_mark(character), "U+{:04X}", character as u32);
        }
    }
}
