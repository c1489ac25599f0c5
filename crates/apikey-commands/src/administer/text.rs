//! Text of others on a terminal.

use std::fmt::Write;

/// Returns text that changes nothing of a terminal: control and format characters are
/// written as what they are, so that no name moves the cursor or turns a line around.
pub(super) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_format(character) {
            // A string takes all that is written.
            let _ = write!(visible, "{}", character.escape_default());
        } else {
            visible.push(character);
        }
    }
    visible
}

/// Returns whether a character is not seen and changes how others are: marks of direction
/// and what separates lines.
fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}' ..= '\u{200f}' | '\u{2028}' ..= '\u{202e}'
            | '\u{2060}' ..= '\u{206f}' | '\u{feff}' | '\u{fff9}' ..= '\u{fffb}'
    )
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn no_text_moves_the_cursor_or_turns_a_line_around() {
        assert_eq!(visible("nightly builds, ä 字"), "nightly builds, ä 字");
        assert_eq!(visible("a\x1b[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(visible("two\nlines\t"), "two\\nlines\\t");
        assert_eq!(visible("\u{202e}abc"), "\\u{202e}abc");
    }
}
