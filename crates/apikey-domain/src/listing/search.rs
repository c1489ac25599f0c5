//! The search term of a list.

use crate::{invalid::Invalid, name};

/// A substring to search for: without case, as [`name::fold`] says, and without
/// wildcards.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::SearchTerm;
///
/// let term = SearchTerm::parse("ÄL%").unwrap().unwrap();
/// assert!(term.is_in("Tool-äl%-1"));
/// assert!(!term.is_in("älx"));
/// assert!(SearchTerm::parse("ΟΔΟΣ").unwrap().unwrap().is_in("οδος"));
/// assert_eq!(SearchTerm::parse("").unwrap(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchTerm {
    folded: String,
    folded_as_before: String,
}

impl SearchTerm {
    /// The maximum length of a term in characters.
    pub const LONGEST: usize = 255;

    /// Parses a term. Empty text is no term.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `search` if it is longer than 255 characters or contains
    /// NUL.
    pub fn parse(text: &str) -> Result<Option<Self>, Invalid> {
        if text.chars().count() > Self::LONGEST || text.contains('\0') {
            return Err(Invalid::new(
                "search",
                "must have at most 255 characters, none of them NUL",
            ));
        }
        Ok((!text.is_empty()).then(|| Self {
            folded: name::fold(text),
            folded_as_before: name::fold_of_before(text),
        }))
    }

    /// Returns the folded term, which is searched in folded names.
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Returns the term as [`name::fold_of_before`] has it, for names that an earlier
    /// release stored and nobody has renewed yet. In any other it finds no more than
    /// the folded one.
    pub fn folded_as_before(&self) -> &str {
        &self.folded_as_before
    }

    /// Returns whether an index of [`name::grams`] tells which names may contain the term:
    /// whether it has one.
    pub fn is_indexed(&self) -> bool {
        name::grams(&self.folded).next().is_some()
    }

    /// Returns whether `text` contains the term.
    pub fn is_in(&self, text: &str) -> bool {
        name::fold(text).contains(&self.folded)
    }
}
