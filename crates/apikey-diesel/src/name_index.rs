//! The index of names for searching: what it holds of a name, and how it is filled.
//!
//! Of each name it holds the numbers of its parts of three characters. A part has one
//! number among all names of a kind, and another one among the keys of one user: so what
//! others call their keys makes no search in those of one user slower. Two parts may have
//! the same number; what the index tells is compared with the term.

use crate::stored_names::Named;
use apikey_domain::{
    error::PortError,
    listing::SearchTerm,
    name::{fold, grams},
    timestamp::Timestamp,
};
use async_trait::async_trait;
use std::collections::BTreeSet;

/// What was done for the index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// How many names or changes were looked at: 0 if there are none, or another node is at
    /// it.
    pub looked_at: u64,
    /// How many other writes of this process waited for it in the end.
    pub waiting: u32,
}

/// The index of names, which is filled in the background.
#[async_trait]
pub trait NameIndex: Send + Sync {
    /// Puts at most `most` names into the index that are not there yet, or removes so many
    /// that are no longer there. Until then a search compares these names one by one.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] if the store is.
    async fn extend(&self, most: u32, at: Timestamp) -> Result<Extended, PortError>;
}

/// What is searched by names of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Indexed {
    /// By the name that it has.
    Name(Named),
    /// A user, by their full name.
    FullName,
}

/// The names that are searched together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Those of all users, organizations or keys, or all full names.
    All(Indexed),
    /// Those of the keys of this user.
    KeysOf(i64),
}

/// A name in the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) id: i64,
    pub(crate) terms: Vec<i32>,
}

/// How many parts of a term are looked up: more would not tell more names apart.
const MOST_LOOKED_UP: usize = 12;

/// The number of kinds of names, as it is stored.
const KINDS: i64 = 4;

// === impl Scope ===

impl Scope {
    /// Returns the numbers of a search term, all of which a name has that contains it.
    pub(crate) fn terms_of(self, term: &SearchTerm) -> Vec<i32> {
        let all: Vec<&str> = grams(term.folded()).collect();
        let every = all.len().div_ceil(MOST_LOOKED_UP).max(1);
        let some: BTreeSet<i32> = all
            .into_iter()
            .step_by(every)
            .map(|gram| self.number(gram))
            .collect();
        some.into_iter().collect()
    }

    /// Returns the number of a part. It is stored, so it MUST stay as it is.
    fn number(self, gram: &str) -> i32 {
        let (kind, owner) = match self {
            Self::All(indexed) => (kind_of(indexed), 0),
            Self::KeysOf(user_id) => (KINDS, user_id),
        };
        let scope = kind.to_le_bytes().into_iter().chain(owner.to_le_bytes());
        let bytes = scope.chain(gram.bytes());
        // FNV-1a, both halves of which are used.
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let [a, b, c, d, e, f, g, h] = hash.to_le_bytes();
        i32::from_le_bytes([a ^ e, b ^ f, c ^ g, d ^ h])
    }
}

// === impl Document ===

impl Document {
    /// Returns what the index holds of the name of a user or an organization, or of a key
    /// of `user_id`. The name is folded by the rules of today, also where it is stored as
    /// an earlier release folded it.
    pub(crate) fn of(indexed: Indexed, id: i64, name: &str, user_id: Option<i64>) -> Self {
        let folded = fold(name);
        let scopes = [Some(Scope::All(indexed)), user_id.map(Scope::KeysOf)];
        let numbers = scopes
            .into_iter()
            .flatten()
            .flat_map(|scope| grams(&folded).map(move |gram| scope.number(gram)));
        let terms: BTreeSet<i32> = numbers.collect();
        Self {
            id: document_id(indexed, id),
            terms: terms.into_iter().collect(),
        }
    }
}

/// Returns the id under which the name of a row is in the index.
pub(crate) fn document_id(indexed: Indexed, id: i64) -> i64 {
    id.saturating_mul(KINDS).saturating_add(kind_of(indexed))
}

/// Returns the id of the row of a document.
pub(crate) fn row_id(document_id: i64) -> i64 {
    document_id.div_euclid(KINDS)
}

/// Returns the number of a kind. It is stored, so it MUST stay as it is.
fn kind_of(indexed: Indexed) -> i64 {
    match indexed {
        Indexed::Name(Named::ApiKey) => 0,
        Indexed::Name(Named::User) => 1,
        Indexed::Name(Named::Organization) => 2,
        Indexed::FullName => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Indexed = Indexed::Name(Named::ApiKey);
    const USER: Indexed = Indexed::Name(Named::User);

    #[test]
    fn a_name_has_the_numbers_of_what_it_contains() {
        let key = Document::of(KEY, 7, "Straße 42", Some(1));
        assert_eq!(row_id(key.id), 7);
        let term = |text: &str| SearchTerm::parse(text).unwrap().unwrap();
        for scope in [Scope::All(KEY), Scope::KeysOf(1)] {
            for text in ["STRASSE", "e 4", "straße 42"] {
                let terms = scope.terms_of(&term(text));
                assert!(!terms.is_empty() && terms.iter().all(|term| key.terms.contains(term)));
            }
            let other = scope.terms_of(&term("asse 43"));
            assert!(!other.iter().all(|term| key.terms.contains(term)));
        }
        for scope in [
            Scope::All(USER),
            Scope::All(Indexed::FullName),
            Scope::KeysOf(2),
        ] {
            let terms = scope.terms_of(&term("straße 42"));
            assert!(!terms.iter().any(|term| key.terms.contains(term)));
        }
    }

    #[test]
    fn numbers_stay_as_they_are_stored() {
        let numbers = [Scope::All(KEY), Scope::KeysOf(1)].map(|one| one.number("abc"));
        assert_eq!(numbers, [1_360_848_543, -1_135_462_905]);
        assert_eq!(document_id(Indexed::Name(Named::Organization), 5), 22);
    }

    #[test]
    fn of_a_long_term_a_few_parts_are_looked_up() {
        let text: String = ('a'..='z').cycle().take(255).collect();
        let term = SearchTerm::parse(&text).unwrap().unwrap();
        assert!(Scope::KeysOf(1).terms_of(&term).len() <= MOST_LOOKED_UP);
    }
}
