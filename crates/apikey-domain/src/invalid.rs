//! The error for values that break a rule.

use std::borrow::Cow;

/// Which field broke which rule.
///
/// # Example
///
/// ```
/// use apikey_domain::key::key_name::KeyName;
///
/// let invalid = KeyName::parse("").unwrap_err();
/// assert_eq!(invalid.field, "name");
/// assert_eq!(invalid.to_string(), "name must have 1 to 255 characters");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// The field, as the caller named it.
    pub field: &'static str,
    /// A complete sentence that says what was expected of the field.
    pub message: Cow<'static, str>,
}

impl Invalid {
    /// Returns the error that `field` broke `rule`. The rule completes a sentence
    /// that starts with the field, such as `must have 1 to 255 characters`.
    pub fn new(field: &'static str, rule: impl std::fmt::Display) -> Self {
        Self::sentence(field, format!("{field} {rule}"))
    }

    /// Returns the error for `field` with a complete sentence as its message.
    pub fn sentence(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field,
            message: message.into(),
        }
    }
}
