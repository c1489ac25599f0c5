//! Shared rules for text written by people.

use crate::invalid::Invalid;

/// Checks the length of a text: 1 to `max_length` characters.
pub(crate) fn length(field: &'static str, text: &str, max_length: usize) -> Result<(), Invalid> {
    if text.is_empty() || text.chars().count() > max_length {
        return Err(Invalid::new(
            field,
            format!("must have 1 to {max_length} characters"),
        ));
    }
    Ok(())
}

/// Checks a label: 1 to `max_length` characters, no control characters, not
/// only white space.
pub(crate) fn label(field: &'static str, text: &str, max_length: usize) -> Result<(), Invalid> {
    length(field, text, max_length)?;
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(field, "must not hold control characters"));
    }
    if text.chars().all(char::is_whitespace) {
        return Err(Invalid::new(field, "must not be only spaces"));
    }
    Ok(())
}

/// Checks prose: at most `max_length` characters, and no control characters
/// except tabs and line ends.
pub(crate) fn prose(field: &'static str, text: &str, max_length: usize) -> Result<(), Invalid> {
    if text.chars().count() > max_length {
        return Err(Invalid::new(
            field,
            format!("must have at most {max_length} characters"),
        ));
    }
    let forbidden = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    if text.chars().any(forbidden) {
        return Err(Invalid::new(
            field,
            "must not hold control characters other than tabs and line ends",
        ));
    }
    Ok(())
}
