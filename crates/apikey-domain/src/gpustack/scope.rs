//! What a key may be used for.

use crate::invalid::Invalid;

/// One area of use.
///
/// # Example
///
/// ```
/// use apikey_domain::gpustack::Scope;
///
/// assert_eq!(Scope::parse("inference").unwrap(), Scope::Inference);
/// assert_eq!(Scope::All.as_str(), "*");
/// assert!(Scope::parse("root").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// `*`: everything.
    All,
    /// `management`: the calls under `/v2`.
    Management,
    /// `inference`: using models.
    Inference,
}

impl Scope {
    /// Parses the name of a scope.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `scope` if it is none of the three names.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "*" => Ok(Self::All),
            "management" => Ok(Self::Management),
            "inference" => Ok(Self::Inference),
            _ => Err(Invalid::new(
                "scope",
                "must be a list of '*', 'management' or 'inference'",
            )),
        }
    }

    /// Returns the name of the scope.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "*",
            Self::Management => "management",
            Self::Inference => "inference",
        }
    }
}

/// The scopes of a key, in the order given.
///
/// An empty set grants nothing. At most 16 entries; duplicates are kept,
/// because clients read back what they wrote.
///
/// # Example
///
/// ```
/// use apikey_domain::gpustack::{Scope, ScopeSet};
///
/// let scopes = ScopeSet::parse(["inference"]).unwrap();
/// assert!(scopes.grants(Scope::Inference));
/// assert!(!scopes.grants(Scope::Management));
/// assert!(ScopeSet::default().grants(Scope::Management));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ScopeSet {
    // Two bits per scope, the first lowest: every cached key has a set.
    packed: u32,
    length: u8,
}

impl ScopeSet {
    /// The maximum number of entries.
    pub const LARGEST: usize = 16;
    /// The empty set.
    pub const NONE: Self = Self {
        packed: 0,
        length: 0,
    };

    /// Parses a list of names.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `scope` if a name is unknown or there are too many.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let mut set = Self::NONE;
        for name in names {
            if usize::from(set.length) == Self::LARGEST {
                return Err(Invalid::new("scope", "must have at most 16 entries"));
            }
            set = set.and(Scope::parse(name)?);
        }
        Ok(set)
    }

    /// Returns the set with `scope` added, unless it already contains it.
    pub fn with(self, scope: Scope) -> Self {
        if self.iter().any(|known| known == scope) {
            self
        } else {
            self.and(scope)
        }
    }

    /// Returns whether the set contains `wanted` or `*`.
    pub fn grants(self, wanted: Scope) -> bool {
        self.iter()
            .any(|scope| scope == wanted || scope == Scope::All)
    }

    /// Returns the first of the `wanted` scopes that the set does not grant.
    pub fn lacks(self, wanted: Self) -> Option<Scope> {
        wanted.iter().find(|scope| !self.grants(*scope))
    }

    /// Returns the scopes in the order given.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        (0..self.length).map(move |index| match (self.packed >> (2 * index)) & 0b11 {
            Self::MANAGEMENT => Scope::Management,
            Self::INFERENCE => Scope::Inference,
            _ => Scope::All,
        })
    }

    const ALL: u32 = 0;
    const MANAGEMENT: u32 = 1;
    const INFERENCE: u32 = 2;

    /// Returns the set with `scope` appended. The set MUST NOT be full.
    const fn and(self, scope: Scope) -> Self {
        let bits = match scope {
            Scope::All => Self::ALL,
            Scope::Management => Self::MANAGEMENT,
            Scope::Inference => Self::INFERENCE,
        };
        Self {
            packed: self.packed | (bits << (2 * self.length)),
            length: self.length + 1,
        }
    }
}

impl From<Scope> for ScopeSet {
    fn from(scope: Scope) -> Self {
        Self::NONE.and(scope)
    }
}

impl std::fmt::Debug for ScopeSet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

/// Everything: `["*"]`.
impl Default for ScopeSet {
    fn default() -> Self {
        Self::from(Scope::All)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_grants_what_the_table_says() {
        let table: [(&[&str], bool, bool); 6] = [
            (&[], false, false),
            (&["*"], true, true),
            (&["management"], true, false),
            (&["inference"], false, true),
            (&["inference", "management"], true, true),
            (&["inference", "*"], true, true),
        ];
        for (names, management, inference) in table {
            let scopes = ScopeSet::parse(names.iter().copied()).unwrap();
            assert_eq!(scopes.grants(Scope::Management), management, "{names:?}");
            assert_eq!(scopes.grants(Scope::Inference), inference, "{names:?}");
        }
    }

    #[test]
    fn order_and_repetition_are_kept() {
        let scopes = ScopeSet::parse(["inference", "*", "inference"]).unwrap();
        let names: Vec<_> = scopes.iter().map(Scope::as_str).collect();
        assert_eq!(names, ["inference", "*", "inference"]);
    }
}
