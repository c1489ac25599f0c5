//! What a key may be used for.

use crate::invalid::Invalid;

/// One area of use.
///
/// # Example
///
/// ```
/// use apikey_domain::scope::Scope;
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
    /// `inference`: the models.
    Inference,
}

impl Scope {
    /// Reads the name of a scope.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `scope` when it is none of the three names.
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

    /// The name of the scope.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "*",
            Self::Management => "management",
            Self::Inference => "inference",
        }
    }
}

/// The scopes of a key, in the order in which they were given.
///
/// An empty set grants nothing. At most 16 entries; a repeated one is kept,
/// because clients read back what they wrote.
///
/// # Example
///
/// ```
/// use apikey_domain::scope::{Scope, ScopeSet};
///
/// let scopes = ScopeSet::parse(["inference"]).unwrap();
/// assert!(scopes.grants(Scope::Inference));
/// assert!(!scopes.grants(Scope::Management));
/// assert!(ScopeSet::default().grants(Scope::Management));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeSet {
    // Kept in place: there are as many sets in memory as keys.
    scopes: [Scope; ScopeSet::LARGEST],
    length: u8,
}

impl ScopeSet {
    /// The most entries a set has.
    pub const LARGEST: usize = 16;

    const EMPTY: Self = Self {
        scopes: [Scope::All; Self::LARGEST],
        length: 0,
    };

    /// Reads a list of names.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `scope` when a name is unknown or there are too many.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let mut set = Self::EMPTY;
        for name in names {
            let too_many = || Invalid::new("scope", "must have at most 16 entries");
            let free = set.scopes.get_mut(usize::from(set.length));
            *free.ok_or_else(too_many)? = Scope::parse(name)?;
            set.length += 1;
        }
        Ok(set)
    }

    /// Whether the set contains `wanted` or `*`.
    pub fn grants(&self, wanted: Scope) -> bool {
        self.iter()
            .any(|scope| scope == wanted || scope == Scope::All)
    }

    /// The scopes in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        let given = self.scopes.iter().take(usize::from(self.length));
        given.copied()
    }
}

/// Everything: `["*"]`.
impl Default for ScopeSet {
    fn default() -> Self {
        Self {
            length: 1,
            ..Self::EMPTY
        }
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
