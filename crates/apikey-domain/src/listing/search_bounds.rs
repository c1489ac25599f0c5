//! How much a list that is narrowed may read.

use super::SearchTerm;

/// How much one search, or one list of keys with conditions, reads at most. The names of a
/// list are compared one by one if they are not too many; of more an index tells which may
/// match, and these are compared. So are the keys of a list with conditions.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::{SearchBounds, SearchTerm, Way};
///
/// let bounds = SearchBounds::default();
/// let term = SearchTerm::parse("prod").unwrap().unwrap();
/// assert_eq!(bounds.way(&term, 500), Ok(Way::Names));
/// assert_eq!(bounds.way(&term, 1_000_000), Ok(Way::Index));
/// let short = SearchTerm::parse("pr").unwrap().unwrap();
/// assert_eq!(bounds.way(&short, 60_000), Ok(Way::Names));
/// assert!(bounds.way(&short, 1_000_000).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchBounds {
    /// Up to so many names no index is asked.
    pub few: u64,
    /// Up to so many names may be compared one by one.
    pub names: u64,
    /// Up to so many names that an index tells may be compared.
    pub candidates: u64,
}

/// How a search is made.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::{SearchBounds, Way};
///
/// let bounds = SearchBounds::default();
/// assert_eq!(bounds.way_to(10, 1_000_000), Ok(Way::Index));
/// assert!(bounds.way_to(1_000_000, 1_000_000).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// All names of the list are compared.
    Names,
    /// Those are compared that an index tells.
    Index,
}

/// Why a list would read too much, and what to narrow.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::TooBroad;
///
/// assert_eq!(
///     TooBroad::ShortTerm { names: 100_000 }.to_string(),
///     "search must have 3 characters or more in a list of more than 100000 names",
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooBroad {
    /// The term has fewer characters than the index tells apart.
    #[error("search must have 3 characters or more in a list of more than {names} names")]
    ShortTerm {
        /// Of how many names any term is searched.
        names: u64,
    },
    /// Too many names may contain the term.
    #[error(
        "search must be a longer or rarer text: in a list of more than {names} names more than \
         {candidates} may contain it"
    )]
    CommonTerm {
        /// Of how many names any term is searched.
        names: u64,
        /// How many may match in a longer list.
        candidates: u64,
    },
    /// Too many keys may be as the conditions say, and too many not.
    #[error(
        "status, expires_before, unused_since or metadata must leave fewer keys: in a list of \
         more than {names} keys more than {candidates} may be like this"
    )]
    CommonConditions {
        /// Of how many keys all are looked at.
        names: u64,
        /// How many may be like this in a longer list.
        candidates: u64,
    },
    /// So many users are sorted by no more than one field.
    #[error("sort_by must name one field in a list of more than {names} users")]
    SeveralFields {
        /// How many are sorted by several.
        names: u64,
    },
    /// The page is too far from the start of a list that has no ranks.
    #[error(
        "page must lie within the first {reachable} keys of a list with conditions that shows \
         this many: go on with a cursor"
    )]
    FarPage {
        /// How many keys can be reached by pages.
        reachable: u64,
    },
}

// === impl SearchBounds ===

impl SearchBounds {
    /// Returns how to search for `term` in a list of so many names.
    ///
    /// # Errors
    ///
    /// [`TooBroad::ShortTerm`] if there are too many to be compared, and no index tells
    /// which may contain the term.
    pub fn way(&self, term: &SearchTerm, names: u64) -> Result<Way, TooBroad> {
        if names <= self.few {
            return Ok(Way::Names);
        }
        if term.is_indexed() {
            return Ok(Way::Index);
        }
        match self.may_compare(names) {
            true => Ok(Way::Names),
            false => Err(TooBroad::ShortTerm { names: self.names }),
        }
    }

    /// Returns how to search after the index has told so many names, of a list of
    /// so many.
    ///
    /// # Errors
    ///
    /// [`TooBroad::CommonTerm`] if both are too many.
    pub fn way_to(&self, candidates: u64, names: u64) -> Result<Way, TooBroad> {
        match (candidates <= self.candidates, self.may_compare(names)) {
            (true, _) => Ok(Way::Index),
            (false, true) => Ok(Way::Names),
            (false, false) => Err(TooBroad::CommonTerm {
                names: self.names,
                candidates: self.candidates,
            }),
        }
    }

    /// Returns the bounds for a list that is read in batches. Each goes on where the last one
    /// ended, so together they compare each name once, and no index is asked again and
    /// again while that is allowed.
    #[must_use]
    pub fn in_batches(self) -> Self {
        Self {
            few: self.few.max(self.names),
            ..self
        }
    }

    /// Judges whether this many users are sorted by several fields, for which there is no
    /// index.
    ///
    /// # Errors
    ///
    /// [`TooBroad::SeveralFields`] if they are too many to be looked at.
    pub fn sort(&self, users: u64) -> Result<(), TooBroad> {
        match self.may_compare(users) {
            true => Ok(()),
            false => Err(TooBroad::SeveralFields { names: self.names }),
        }
    }

    /// Returns whether so many names may be compared one by one.
    pub fn may_compare(&self, names: u64) -> bool {
        names <= self.names
    }
}

impl Default for SearchBounds {
    fn default() -> Self {
        Self {
            few: 2_000,
            names: 100_000,
            candidates: 10_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_word_is_searched_in_a_list_that_is_not_too_long() {
        let bounds = SearchBounds::default();
        assert_eq!(bounds.way_to(10_000, 1_000_000), Ok(Way::Index));
        assert_eq!(bounds.way_to(10_001, 100_000), Ok(Way::Names));
        let refused = bounds.way_to(10_001, 100_001);
        assert!(matches!(refused, Err(TooBroad::CommonTerm { .. })));
        let term = SearchTerm::parse("prod").unwrap().unwrap();
        assert_eq!(bounds.way(&term, 100_000), Ok(Way::Index));
        assert_eq!(bounds.in_batches().way(&term, 100_000), Ok(Way::Names));
        assert_eq!(bounds.in_batches().way(&term, 100_001), Ok(Way::Index));
    }
}
