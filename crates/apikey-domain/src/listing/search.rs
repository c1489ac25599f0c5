//! What a list is searched for.

use crate::invalid::Invalid;

/// A piece of text to look for, case ignored, nothing in it a wildcard.
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
    /// The most characters of a term.
    pub const LONGEST: usize = 255;

    /// Takes `text` as a term; empty text is none.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `search` beyond 255 characters or with NUL in it.
    pub fn parse(text: &str) -> Result<Option<Self>, Invalid> {
        if text.chars().count() > Self::LONGEST || text.contains('\0') {
            return Err(Invalid::new(
                "search",
                "must have at most 255 characters, none of them NUL",
            ));
        }
        Ok((!text.is_empty()).then(|| Self(Self::fold(text))))
    }

    /// The text with its case folded, as names are kept for searching.
    pub fn fold(text: &str) -> String {
        // By character: the lower case of a final sigma must not depend on what
        // follows it.
        text.chars().flat_map(char::to_lowercase).collect()
    }

    /// The folded term.
    pub fn folded(&self) -> &str {
        &self.0
    }

    /// Whether `text` contains the term.
    pub fn is_in(&self, text: &str) -> bool {
        Self::fold(text).contains(&self.0)
    }
}
