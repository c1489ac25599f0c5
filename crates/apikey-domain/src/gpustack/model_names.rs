//! Which models a key may use.

use crate::{invalid::Invalid, text};
use std::sync::Arc;

/// The models a key is limited to. Absent or empty means every model.
///
/// Absent and empty mean the same but are stored as given, because clients read
/// back what they wrote. At most 1,000 names of 1 to 255 characters each, and
/// at most 16 KiB in total.
///
/// # Example
///
/// ```
/// use apikey_domain::gpustack::AllowedModelNames;
///
/// let some = AllowedModelNames::parse(Some(vec!["qwen3-0.6b".into()])).unwrap();
/// assert!(some.allows("qwen3-0.6b"));
/// assert!(!some.allows("deepseek-r1"));
/// assert!(AllowedModelNames::parse(None).unwrap().allows("deepseek-r1"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
// A thin pointer, because most cached keys have no names.
pub struct AllowedModelNames(Option<Arc<Vec<String>>>);

impl AllowedModelNames {
    /// The maximum number of names.
    pub const LARGEST: usize = 1_000;
    /// The maximum total length of all names in bytes: a page of keys is held in
    /// memory.
    pub const LONGEST: usize = 16 * 1_024;

    /// What each stored byte of names counts when lists are cut into pieces: a
    /// short name takes more memory than its text.
    pub const MEMORY_FACTOR: usize = 4;

    /// Returns how many bytes the names count when lists are cut into pieces.
    pub fn text_bytes(&self) -> usize {
        let names = self.names().unwrap_or_default();
        // With the quotes and the comma that they are stored with.
        let stored: usize = names.iter().map(|name| name.len() + 3).sum();
        stored * Self::MEMORY_FACTOR
    }

    /// Parses a list of names, or none.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `allowed_model_names` if a rule is broken.
    pub fn parse(names: Option<Vec<String>>) -> Result<Self, Invalid> {
        let field = "allowed_model_names";
        let listed = names.as_deref().unwrap_or_default();
        if listed.len() > Self::LARGEST {
            return Err(Invalid::new(field, "must have at most 1000 entries"));
        }
        if listed.iter().map(String::len).sum::<usize>() > Self::LONGEST {
            return Err(Invalid::new(field, "must have at most 16 KiB of names"));
        }
        for name in listed {
            text::label(field, name, 255)?;
        }
        Ok(Self(names.map(Arc::new)))
    }

    /// Returns whether a key with this limit may use `model`. Names are compared
    /// bytewise.
    pub fn allows(&self, model: &str) -> bool {
        let mut names = self.names().unwrap_or_default().iter();
        self.allows_every_model() || names.any(|name| name == model)
    }

    /// Returns whether no model is excluded.
    pub fn allows_every_model(&self) -> bool {
        self.names().unwrap_or_default().is_empty()
    }

    /// Returns whether every model that `other` allows is allowed here, too.
    pub fn covers(&self, other: &Self) -> bool {
        let mut theirs = other.names().unwrap_or_default().iter();
        // Nearly always they are the same, and there may be a thousand.
        self == other
            || self.allows_every_model()
            || (!other.allows_every_model() && theirs.all(|name| self.allows(name)))
    }

    /// Returns the names as given.
    pub fn names(&self) -> Option<&[String]> {
        self.0.as_deref().map(Vec::as_slice)
    }
}
