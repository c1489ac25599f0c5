//! The invisible characters that belong to an emoji.

use unicode_properties::UnicodeEmoji;

const JOINER: char = '\u{200d}';
const BLACK_FLAG: char = '\u{1f3f4}';
const END_OF_TAGS: char = '\u{e007f}';
const KEYCAP: char = '\u{20e3}';

/// Returns whether the invisible character at `index` is part of an emoji: a joiner
/// between two, a selector of its presentation, or a tag of a flag.
pub(super) fn holds(text: &[char], index: usize) -> bool {
    let (before, after) = (&text[..index], &text[index + 1..]);
    match text[index] {
        JOINER => ends_with_emoji(before) && after.first().copied().is_some_and(is_emoji),
        '\u{fe0e}' | '\u{fe0f}' => match before.last() {
            Some('0'..='9' | '#' | '*') => after.first() == Some(&KEYCAP),
            Some(last) => is_emoji(*last),
            None => false,
        },
        '\u{e0020}'..=END_OF_TAGS => is_tag_of_flag(text, index),
        _ => false,
    }
}

/// Whether a character is an emoji by itself; digits only become one.
fn is_emoji(character: char) -> bool {
    !character.is_ascii() && character.is_emoji_char()
}

/// Whether the text ends with an emoji, perhaps with its presentation or skin tone.
fn ends_with_emoji(text: &[char]) -> bool {
    match text {
        [.., '\u{fe0f}'] => ends_with_emoji(&text[..text.len() - 1]),
        [.., last] => is_emoji(*last),
        [] => false,
    }
}

/// Whether the tag at `index` belongs to a flag such as that of Wales: a black flag,
/// letters and digits as tags, and the end of tags.
fn is_tag_of_flag(text: &[char], index: usize) -> bool {
    let is_inner = |character: &char| matches!(character, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}');
    let first = text[..index]
        .iter()
        .rposition(|character| !is_inner(character));
    let begins = first.is_some_and(|first| text[first] == BLACK_FLAG);
    let rest = text[index..].iter().find(|character| !is_inner(character));
    let has_letters = first.is_some_and(|first| text.get(first + 1).is_some_and(is_inner));
    begins && has_letters && rest == Some(&END_OF_TAGS)
}

#[cfg(test)]
mod tests {
    use super::{super::character::is_invisible, *};

    fn is_whole(text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        (0..text.len()).all(|index| !is_invisible(text[index]) || holds(&text, index))
    }

    #[test]
    fn what_makes_an_emoji_is_part_of_it() {
        for text in [
            "👩‍👩‍👧‍👦",
            "❤️",
            "❤️‍🔥",
            "👩🏽‍💻",
            "🏳️‍🌈",
            "1️⃣",
            "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
            "🇩🇪",
            "x 👨‍🚀 y",
        ] {
            assert!(is_whole(text), "{text:?}");
        }
    }

    #[test]
    fn elsewhere_the_same_characters_are_part_of_nothing() {
        for text in [
            "\u{200d}",
            "a\u{200d}b",
            "👩\u{200d}",
            "👩\u{200d}a",
            "\u{200d}👩",
            "👩\u{200d}\u{200d}👩",
            "a\u{fe0f}",
            "1\u{fe0f}",
            "\u{fe0f}",
            "👩\u{fe0f}\u{fe0f}",
            "🏴\u{e007f}",
            "🏴\u{e0067}",
            "a\u{e0067}\u{e007f}",
            "🦀\u{e0067}\u{e007f}",
            "👩\u{200b}",
        ] {
            assert!(!is_whole(text), "{text:?}");
        }
    }
}
