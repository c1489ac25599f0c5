//! Text of others on a terminal.

use std::{borrow::Cow, fmt::Write};

/// Returns text that changes nothing of a terminal: control and format characters are
/// written as what they are, so that no name moves the cursor or turns a line around.
///
/// # Example
///
/// ```
/// use apikey_commands::text::visible;
///
/// assert_eq!(visible("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
/// ```
pub fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unseen(character) {
            // A string takes all that is written.
            let _ = write!(visible, "{}", character.escape_default());
        } else {
            visible.push(character);
        }
    }
    visible
}

/// Returns JSON that means the same in one line, and changes nothing of a terminal: there,
/// such characters can only be space between values, or stand in texts, where they may be
/// escaped.
pub(crate) fn json_line(json: &str) -> Cow<'_, str> {
    if !json.contains(is_unseen) {
        return json.into();
    }
    let mut line = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '\n' | '\r' | '\t' => {}
            unseen if is_unseen(unseen) => {
                // All of them have four digits at most.
                let _ = write!(line, "\\u{:04x}", u32::from(unseen));
            }
            other => line.push(other),
        }
    }
    line.into()
}

/// Returns whether a character is not seen and changes how others are: what controls a
/// terminal, marks of direction and what separates lines.
pub(crate) fn is_unseen(character: char) -> bool {
    let is_format = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}' ..= '\u{200f}' | '\u{2028}' ..= '\u{202e}'
            | '\u{2060}' ..= '\u{206f}' | '\u{feff}' | '\u{fff9}' ..= '\u{fffb}'
    );
    is_format || character.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_moves_the_cursor_or_turns_a_line_around() {
        assert_eq!(visible("nightly builds, ä 字"), "nightly builds, ä 字");
        assert_eq!(visible("a\x1b[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(visible("two\nlines\t"), "two\\nlines\\t");
        assert_eq!(visible("\u{202e}abc"), "\\u{202e}abc");
    }

    #[test]
    fn json_is_a_line_that_means_the_same() {
        let json = "{\n\t\"a\" :\r\n [\"\u{9b}31m\u{7f}\u{202e}\\n\"]}";
        let line = json_line(json);
        assert_eq!(line, "{\"a\" : [\"\\u009b31m\\u007f\\u202e\\n\"]}");
        let read = |text: &str| -> serde_json::Value { serde_json::from_str(text).unwrap() };
        assert_eq!(read(&line), read(json));
        assert_eq!(json_line("{\"a\":\"\u{e4}\"}"), "{\"a\":\"\u{e4}\"}");
    }
}
