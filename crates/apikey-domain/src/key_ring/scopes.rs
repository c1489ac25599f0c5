//! What a key of a ring may be used for.

use crate::{
    invalid::Invalid,
    name::{Joiners, new_name},
};

/// The scopes of a key: texts that mean what the service says they mean.
///
/// None has a meaning of its own: `*` grants `*` and nothing else, and an empty set
/// grants nothing. A scope has 1 to 255 characters, none of which is invisible or a
/// control character, and no blank at an end. At most 100 scopes, without repetitions,
/// in the order given.
///
/// # Example
///
/// ```
/// use apikey_domain::key_ring::Scopes;
///
/// let scopes = Scopes::parse(["reports:read", "invoices:read"]).unwrap();
/// assert!(scopes.grant("reports:read"));
/// assert!(!scopes.grant("reports"));
/// assert!(!Scopes::parse([""; 0]).unwrap().grant("reports:read"));
/// assert_eq!(Scopes::from_text(&scopes.to_text()).unwrap(), scopes);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scopes(
    /// A line for each, in one piece of memory: it is read at each verification.
    Box<str>,
);

impl Scopes {
    /// The maximum number of scopes.
    pub const LARGEST: usize = 100;
    /// The maximum length of a scope in characters.
    pub const LONGEST: usize = 255;

    /// Parses a list of scopes.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `scope` if one breaks a rule or there are too many.
    pub fn parse<T: AsRef<str>>(scopes: impl IntoIterator<Item = T>) -> Result<Self, Invalid> {
        let mut parsed: Vec<String> = Vec::new();
        for scope in scopes {
            let scope = new_name("scope", scope.as_ref(), Self::LONGEST, Joiners::Refused)?;
            if parsed.contains(&scope) {
                continue;
            }
            if parsed.len() == Self::LARGEST {
                return Err(Invalid::new("scope", "must have at most 100 entries"));
            }
            parsed.push(scope);
        }
        Ok(Self(parsed.join("\n").into_boxed_str()))
    }

    /// Returns whether the set contains exactly `scope`.
    #[must_use]
    pub fn grant(&self, scope: &str) -> bool {
        self.iter().any(|known| known == scope)
    }

    /// Returns the scopes in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        // No scope is empty: only an empty set has an empty line.
        self.0.split('\n').filter(|scope| !scope.is_empty())
    }

    /// Returns the scopes as one text, a line each, which no scope can contain.
    pub fn to_text(&self) -> String {
        self.0.to_string()
    }

    /// Parses what [`to_text`](Self::to_text) returned.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn from_text(text: &str) -> Result<Self, Invalid> {
        Self::parse(text.split('\n').filter(|_| !text.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_that_could_be_taken_for_another_is_refused() {
        for scope in [
            "",
            " ",
            "read ",
            " read",
            "re\nad",
            "re\0ad",
            "re\u{200b}ad",
        ] {
            assert!(Scopes::parse([scope]).is_err(), "{scope:?}");
        }
        assert!(Scopes::parse(["x".repeat(256)]).is_err());
        assert!(Scopes::parse((0..101).map(|number| number.to_string())).is_err());
    }

    #[test]
    fn any_text_of_a_service_is_a_scope() {
        let texts = [
            "*",
            "read",
            "orders:write",
            "https://acme.example/a b",
            "lire été",
        ];
        let scopes = Scopes::parse(texts.iter().chain(&texts)).unwrap();
        assert_eq!(scopes.iter().collect::<Vec<_>>(), texts);
        assert_eq!(Scopes::from_text(&scopes.to_text()), Ok(scopes));
        let none = Scopes::parse([""; 0]).unwrap();
        assert_eq!(Scopes::from_text(&none.to_text()), Ok(none));
    }

    #[test]
    fn no_scope_stands_for_others() {
        let all = Scopes::parse(["*", "orders:*"]).unwrap();
        assert!(!all.grant("orders:read") && !all.grant("orders") && !all.grant(""));
    }
}
