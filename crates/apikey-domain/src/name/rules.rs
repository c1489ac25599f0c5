//! The rules of new names.

use super::{
    character::{fault, is_mark},
    composed, emoji,
};
use crate::{invalid::Invalid, text};

/// Where the invisible parts of emoji may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joiners {
    /// Nowhere: in names by which people are told apart.
    Refused,
    /// Within an emoji.
    WithinEmoji,
}

/// How many combining marks may follow each other. No orthography needs more, and
/// towers of them cover the lines above and below.
const MARKS_IN_A_ROW: usize = 4;

/// Returns a new name as it is stored: composed, of 1 to `max_length` characters, no
/// blank at an end, none of what cannot be seen, no combining mark at its beginning,
/// and at most 4 in a row.
pub(crate) fn new_name(
    field: &'static str,
    text: &str,
    max_length: usize,
    joiners: Joiners,
) -> Result<String, Invalid> {
    let name = composed(text);
    text::length(field, &name, max_length)?;
    let characters: Vec<char> = name.chars().collect();
    for (index, character) in characters.iter().enumerate() {
        if let Some(fault) = fault(*character)
            && !(joiners == Joiners::WithinEmoji && emoji::holds(&characters, index))
        {
            let place = code_point(*character);
            let rule = format!("must not hold {place}: {fault} is not allowed");
            return Err(Invalid::new(field, rule));
        }
    }
    for end in [characters.first(), characters.last()] {
        if let Some(blank) = end.filter(|end| end.is_whitespace()) {
            let place = code_point(*blank);
            let rule = format!("must not begin or end with {place}: a blank is not allowed there");
            return Err(Invalid::new(field, rule));
        }
    }
    marks(field, &characters)?;
    Ok(name.into_owned())
}

/// Checks that the space is the only blank in a text.
pub(crate) fn plain_blanks(field: &'static str, text: &str) -> Result<(), Invalid> {
    let is_other = |character: &char| character.is_whitespace() && *character != ' ';
    if let Some(blank) = text.chars().find(is_other) {
        let place = code_point(blank);
        let rule = format!("must not hold {place}: a blank other than U+0020 is not allowed");
        return Err(Invalid::new(field, rule));
    }
    Ok(())
}

/// Returns the name for a log: what cannot be seen of it as `U+XXXX` in brackets.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::name::shown("ad\u{200b}min "), "ad[U+200B]min[U+0020]");
/// ```
pub fn shown(name: &str) -> String {
    let outer = name.trim();
    let start = name.len() - name.trim_start().len();
    let end = start + outer.len();
    let is_outer = |at: usize| at < start || at >= end;
    let mut shown = String::with_capacity(name.len());
    for (at, character) in name.char_indices() {
        if fault(character).is_some() || is_outer(at) {
            shown.push('[');
            shown.push_str(&code_point(character));
            shown.push(']');
        } else {
            shown.push(character);
        }
    }
    shown
}

fn marks(field: &'static str, characters: &[char]) -> Result<(), Invalid> {
    if let Some(mark) = characters.first().filter(|first| is_mark(**first)) {
        let place = code_point(*mark);
        let rule = format!("must not begin with {place}: a combining mark is not allowed there");
        return Err(Invalid::new(field, rule));
    }
    let mut rows = characters.split(|character| !is_mark(*character));
    if rows.any(|row| row.len() > MARKS_IN_A_ROW) {
        let rule = format!("must not hold more than {MARKS_IN_A_ROW} combining marks in a row");
        return Err(Invalid::new(field, rule));
    }
    Ok(())
}

fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str, joiners: Joiners) -> String {
        let refused = new_name("name", text, 10, joiners);
        refused.map_or_else(|invalid| invalid.to_string(), |_| "accepted".to_owned())
    }

    #[test]
    fn a_refusal_names_the_character() {
        for (text, expected) in [
            ("", "name must have 1 to 10 characters"),
            ("abcdefghijk", "name must have 1 to 10 characters"),
            (
                "a\u{202e}b",
                "name must not hold U+202E: an invisible character is not allowed",
            ),
            (
                "a\tb",
                "name must not hold U+0009: a control character is not allowed",
            ),
            (
                "a\u{e000}",
                "name must not hold U+E000: a character for private use is not allowed",
            ),
            (
                " a",
                "name must not begin or end with U+0020: a blank is not allowed there",
            ),
            (
                "a\u{3000}",
                "name must not begin or end with U+3000: a blank is not allowed there",
            ),
            (
                " ",
                "name must not begin or end with U+0020: a blank is not allowed there",
            ),
            ("a b", "accepted"),
            ("a\u{a0}b", "accepted"),
            (
                "a\u{fffc}",
                "name must not hold U+FFFC: an invisible character is not allowed",
            ),
            (
                "a\u{fffd}",
                "name must not hold U+FFFD: the replacement character is not allowed",
            ),
            (
                "\u{301}a",
                "name must not begin with U+0301: a combining mark is not allowed there",
            ),
            (
                "\u{93e}",
                "name must not begin with U+093E: a combining mark is not allowed there",
            ),
            (
                "q\u{31b}\u{323}\u{302}\u{301}\u{300}",
                "name must not hold more than 4 combining marks in a row",
            ),
            ("q\u{31b}\u{323}\u{302}\u{301}", "accepted"),
            ("हिन्दी", "accepted"),
        ] {
            for joiners in [Joiners::Refused, Joiners::WithinEmoji] {
                assert_eq!(refusal(text, joiners), expected, "{text:?}");
            }
        }
    }

    #[test]
    fn a_blank_other_than_the_space_is_told_from_it() {
        assert!(plain_blanks("name", "a b").is_ok());
        for blank in "\u{a0}\u{1680}\u{2000}\u{2009}\u{200a}\u{202f}\u{205f}\u{3000}".chars() {
            let refused = plain_blanks("name", &format!("a{blank}b")).unwrap_err();
            let place = code_point(blank);
            let expected =
                format!("name must not hold {place}: a blank other than U+0020 is not allowed");
            assert_eq!(refused.to_string(), expected);
        }
    }

    #[test]
    fn a_joiner_stays_within_an_emoji_where_it_may() {
        let family = "👩‍👩‍👧‍👦";
        assert_eq!(refusal(family, Joiners::WithinEmoji), "accepted");
        assert_eq!(refusal("1️⃣", Joiners::WithinEmoji), "accepted");
        assert_ne!(refusal(family, Joiners::Refused), "accepted");
        assert_ne!(refusal("a\u{200d}b", Joiners::WithinEmoji), "accepted");
    }

    #[test]
    fn a_name_is_stored_composed() {
        let stored = new_name("name", "e\u{301}", 1, Joiners::Refused);
        assert_eq!(stored.unwrap(), "é");
    }
}
