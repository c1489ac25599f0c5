//! The search term of a list.

use crate::invalid::Invalid;

/// A substring to search for: case-insensitive, without wildcards.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::SearchTerm;
///
/// let term = SearchTerm::parse("ÄL%").unwrap().unwrap();
/// assert!(term.is_in("Tool-äl%-1"));
/// assert!(!term.is_in("älx"));
/// assert_eq!(SearchTerm::parse("").unwrap(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchTerm(String);

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
        Ok((!text.is_empty()).then(|| Self(Self::fold(text))))
    }

    /// Returns the text with its case folded, as names are stored for searching.
    pub fn fold(text: &str) -> String {
        // Character by character: the lowercase form of a final sigma must not
        // depend on what follows it.
        text.chars().flat_map(char::to_lowercase).collect()
    }

    /// Returns the case-folded term.
    pub fn folded(&self) -> &str {
        &self.0
    }

    /// Returns whether `text` contains the term.
    pub fn is_in(&self, text: &str) -> bool {
        Self::fold(text).contains(&self.0)
    }
}
