//! What the owner of a key notes about it.

use crate::{invalid::Invalid, text};
use std::collections::BTreeMap;

/// Names and texts that the owner of a key keeps with it. The service gives them no
/// meaning.
///
/// At most 4,096 bytes in all. A name has 1 to 64 characters, none of them a control
/// character, and is not only spaces.
///
/// # Example
///
/// ```
/// use apikey_domain::key::metadata::Metadata;
///
/// let metadata = Metadata::parse([("team".to_owned(), "search".to_owned())]).unwrap();
/// assert_eq!(metadata.get("team"), Some("search"));
/// assert!(Metadata::parse([(String::new(), "search".to_owned())]).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(BTreeMap<String, String>);

/// A change of metadata, as a merge patch (RFC 7396) makes it.
///
/// # Example
///
/// ```
/// use apikey_domain::key::metadata::{Metadata, MetadataChange};
///
/// let before = Metadata::parse([("team".to_owned(), "search".to_owned())]).unwrap();
/// let change = MetadataChange::Merge(vec![
///     ("team".to_owned(), None),
///     ("stage".to_owned(), Some("test".to_owned())),
/// ]);
/// let after = change.applied_to(&before).unwrap();
/// assert_eq!((after.get("team"), after.get("stage")), (None, Some("test")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataChange {
    /// Takes everything away.
    Clear,
    /// Sets these, and takes away those without a text.
    Merge(Vec<(String, Option<String>)>),
}

impl Metadata {
    /// The maximum size of all names and texts in bytes.
    pub const MOST_BYTES: usize = 4_096;
    /// The maximum length of a name in characters.
    pub const LONGEST_NAME: usize = 64;

    /// Parses metadata. Of several texts with one name the last one holds.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `metadata` if a name breaks a rule, a text contains control
    /// characters other than tabs and line ends, or all of it is too large.
    pub fn parse(entries: impl IntoIterator<Item = (String, String)>) -> Result<Self, Invalid> {
        let metadata = Self(entries.into_iter().collect());
        for (name, value) in &metadata.0 {
            text::label("metadata", name, Self::LONGEST_NAME)?;
            text::prose("metadata", value, Self::MOST_BYTES)?;
        }
        if metadata.text_bytes() > Self::MOST_BYTES {
            let rule = "must have at most 4096 bytes in all names and texts";
            return Err(Invalid::new("metadata", rule));
        }
        Ok(metadata)
    }

    /// Returns the text of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns the names and texts, sorted by name bytewise.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Returns whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many bytes the names and texts have.
    pub(crate) fn text_bytes(&self) -> usize {
        let entries = self.0.iter();
        entries.map(|(name, value)| name.len() + value.len()).sum()
    }
}

impl MetadataChange {
    /// Returns what becomes of metadata.
    ///
    /// # Errors
    ///
    /// As [`Metadata::parse`].
    pub fn applied_to(&self, before: &Metadata) -> Result<Metadata, Invalid> {
        let Self::Merge(changes) = self else {
            return Ok(Metadata::default());
        };
        let mut after = before.0.clone();
        for (name, value) in changes {
            match value {
                Some(value) => after.insert(name.clone(), value.clone()),
                None => after.remove(name),
            };
        }
        Metadata::parse(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_bounded() {
        let entry = |name: &str, bytes| (name.to_owned(), "x".repeat(bytes));
        assert!(Metadata::parse([entry("a", 4_095)]).is_ok());
        assert!(Metadata::parse([entry("a", 4_096)]).is_err());
        let halves = [entry("a", 2_047), entry("b", 2_047)];
        let full = Metadata::parse(halves).unwrap();
        let more = MetadataChange::Merge(vec![("c".to_owned(), Some(String::new()))]);
        assert!(more.applied_to(&full).is_err());
        let other = MetadataChange::Merge(vec![
            ("c".to_owned(), Some("x".repeat(2_047))),
            ("a".to_owned(), None),
        ]);
        assert!(other.applied_to(&full).is_ok());
        assert!(MetadataChange::Clear.applied_to(&full).unwrap().is_empty());
    }

    #[test]
    fn a_name_is_a_label_and_a_text_is_prose() {
        let is_valid = |name: &str, value: &str| {
            Metadata::parse([(name.to_owned(), value.to_owned())]).is_ok()
        };
        assert!(is_valid("cost center", "line 1\nline 2"));
        for name in ["", " ", "a\nb", &"x".repeat(65)] {
            assert!(!is_valid(name, ""), "{name:?}");
        }
        assert!(!is_valid("a", "\0"));
    }
}
