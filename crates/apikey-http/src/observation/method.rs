//! The methods by which requests are counted.

use actix_web::http::Method;

/// The names of methods. Whatever else a client calls a method is the last one.
const NAMES: [&str; 8] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "_OTHER",
];

/// A method by which requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MethodName(usize);

// === impl MethodName ===

impl MethodName {
    /// How many there are.
    pub(crate) const COUNT: usize = NAMES.len();

    /// One that is none of the others, or is not known.
    pub(crate) const OTHER: Self = Self(NAMES.len() - 1);

    /// Returns the number of its name.
    pub(crate) fn index(self) -> usize {
        self.0
    }

    /// Returns its name.
    pub(crate) fn as_str(self) -> &'static str {
        Self::name_at(self.0)
    }

    /// Returns the name of a number.
    pub(crate) fn name_at(index: usize) -> &'static str {
        NAMES.get(index).copied().unwrap_or_default()
    }
}

impl From<&Method> for MethodName {
    fn from(method: &Method) -> Self {
        let name = method.as_str();
        let index = NAMES.iter().position(|known| *known == name);
        Self(index.unwrap_or(Self::OTHER.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_a_client_made_up_is_not_named() {
        for (method, name) in [("GET", "GET"), ("BREW", "_OTHER"), ("get", "_OTHER")] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert_eq!(MethodName::from(&method).as_str(), name);
        }
    }
}
