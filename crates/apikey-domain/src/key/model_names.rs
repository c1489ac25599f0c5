//! Which models a key may use.

use crate::{invalid::Invalid, text};
use std::sync::Arc;

/// The models a key is limited to; absent or empty: every model.
///
/// Absent and empty mean the same and are both kept, because clients read back
/// what they wrote. At most 1,000 names of 1 to 255 characters each, 16 KiB
/// together.
///
/// # Example
///
/// ```
/// use apikey_domain::key::model_names::AllowedModelNames;
///
/// let some = AllowedModelNames::parse(Some(vec!["qwen3-0.6b".into()])).unwrap();
/// assert!(some.allows("qwen3-0.6b"));
/// assert!(!some.allows("deepseek-r1"));
/// assert!(AllowedModelNames::parse(None).unwrap().allows("deepseek-r1"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
// Thin, because most keys in memory have none.
pub struct AllowedModelNames(Option<Arc<Vec<String>>>);

impl AllowedModelNames {
    /// The most names a key is limited to.
    pub const LARGEST: usize = 1_000;
    /// The most bytes all names have together: a page of keys is held in memory.
    pub const LONGEST: usize = 16 * 1_024;

    /// Takes a list of names, or none.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `allowed_model_names` when a rule is broken.
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

    /// Whether a key limited so may use `model`. Compared byte for byte.
    pub fn allows(&self, model: &str) -> bool {
        let mut names = self.names().unwrap_or_default().iter();
        self.allows_every_model() || names.any(|name| name == model)
    }

    /// Whether no model is excluded.
    pub fn allows_every_model(&self) -> bool {
        self.names().unwrap_or_default().is_empty()
    }

    /// Whether every model that `other` allows is allowed.
    pub fn cover(&self, other: &Self) -> bool {
        let mut theirs = other.names().unwrap_or_default().iter();
        self.allows_every_model()
            || (!other.allows_every_model() && theirs.all(|name| self.allows(name)))
    }

    /// The names as they were given.
    pub fn names(&self) -> Option<&[String]> {
        self.0.as_deref().map(Vec::as_slice)
    }
}
