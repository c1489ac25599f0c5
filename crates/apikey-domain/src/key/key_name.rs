//! Names and descriptions of keys.

use crate::{
    invalid::Invalid,
    name::{Joiners, new_name},
    text,
};

/// The name of a key, unique for its user in its owner principal.
///
/// 1 to 255 characters, no blank at an end, and none of what cannot be seen, except
/// within an emoji; composed (NFC). One that is stored already may break the last
/// three rules.
///
/// # Example
///
/// ```
/// use apikey_domain::key::key_name::KeyName;
///
/// assert_eq!(KeyName::parse("ci").unwrap().as_str(), "ci");
/// assert!(KeyName::parse("ci ").is_err());
/// assert!(KeyName::stored("ci ").is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyName(Box<str>);

impl KeyName {
    /// The maximum length of a name in characters.
    pub const LONGEST: usize = 255;

    /// Parses a new name, and composes it.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for the field `name` if `text` breaks a rule.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, Invalid> {
        let (text, longest) = (text.as_ref(), Self::LONGEST);
        let name = new_name("name", text, longest, Joiners::WithinEmoji)?;
        Ok(Self(name.into_boxed_str()))
    }

    /// Parses a name that is stored already: 1 to 255 characters, no control
    /// characters, not only spaces.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for the field `name` if `text` breaks a rule.
    pub fn stored(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        text::label("name", &text, Self::LONGEST)?;
        Ok(Self(text.into_boxed_str()))
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The description of a key or an organization: free text of at most 4,096
/// characters.
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
    /// The maximum length of a description in characters.
    pub const LONGEST: usize = 4_096;

    /// Parses a description.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for the field `description` if it is too long or contains
    /// control characters other than tabs and line ends.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        text::prose("description", &text, Self::LONGEST)?;
        Ok(Self(text))
    }

    /// Returns the description as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
