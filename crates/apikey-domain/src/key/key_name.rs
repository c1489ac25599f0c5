//! What a key is called and described as.

use crate::{invalid::Invalid, text};

/// The name of a key, unique for its user in its owner principal.
///
/// 1 to 255 characters, no control characters, not only spaces. A `KeyName`
/// that exists is valid.
///
/// # Example
///
/// ```
/// use apikey_domain::key::key_name::KeyName;
///
/// assert_eq!(KeyName::parse("ci").unwrap().as_str(), "ci");
/// assert!(KeyName::parse(" \t").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(Box<str>);

impl KeyName {
    /// The most characters a name has.
    pub const LONGEST: usize = 255;

    /// Takes `text` as a name.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for the field `name` when a rule is broken.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        text::label("name", &text, Self::LONGEST)?;
        Ok(Self(text.into_boxed_str()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a key or an organization is for: free text of at most 4,096 characters.
///
/// # Example
///
/// ```
/// use apikey_domain::key::key_name::Description;
///
/// assert!(Description::parse("for CI\nand nothing else").is_ok());
/// assert!(Description::parse("\0").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// The most characters a description has.
    pub const LONGEST: usize = 4_096;

    /// Takes `text` as a description.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for the field `description` when it is too long or holds
    /// control characters other than tabs and line ends.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        text::prose("description", &text, Self::LONGEST)?;
        Ok(Self(text))
    }

    /// The description as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
