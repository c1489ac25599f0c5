//! The one error of values that break a rule.

use std::borrow::Cow;

/// Says which field broke which rule.
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
    /// The whole sentence: what was expected, and where.
    pub message: Cow<'static, str>,
}

impl Invalid {
    /// States that `field` broke `rule`, which reads as the end of a sentence
    /// that starts with the field: `must have 1 to 255 characters`.
    pub fn new(field: &'static str, rule: impl std::fmt::Display) -> Self {
        Self::sentence(field, format!("{field} {rule}"))
    }

    /// States in a sentence of its own what is wrong with `field`.
    pub fn sentence(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field,
            message: message.into(),
        }
    }
}
