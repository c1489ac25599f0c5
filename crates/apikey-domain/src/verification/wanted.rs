//! What keys are wanted for.

use crate::gpustack::{Scope, ScopeSet};

/// What a presented key is to be used for.
///
/// It has no default: whoever verifies a key says which scopes it must grant, or that
/// any key will do.
///
/// # Example
///
/// ```
/// use apikey_domain::{gpustack::Scope, verification::Wanted};
///
/// let wanted = Wanted::scope(Scope::Inference).with_model(Some("qwen3-0.6b"));
/// assert_eq!(wanted.model(), Some("qwen3-0.6b"));
/// assert!(Wanted::whatever_scope().model().is_none());
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Wanted<'a> {
    scopes: WantedScopes,
    model: Option<&'a str>,
}

/// Which scopes a presented key must grant.
///
/// # Example
///
/// ```
/// use apikey_domain::gpustack::{Scope, ScopeSet};
/// use apikey_domain::verification::WantedScopes;
///
/// let powerless = ScopeSet::NONE;
/// assert_eq!(WantedScopes::Whatever.lacking_in(powerless), None);
/// let inference = WantedScopes::Each(Scope::Inference.into());
/// assert_eq!(inference.lacking_in(powerless), Some(Scope::Inference));
/// let nothing = WantedScopes::Each(ScopeSet::NONE);
/// assert!(nothing.lacking_in(ScopeSet::default()).is_some());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantedScopes {
    /// None in particular: also a key that grants nothing will do.
    Whatever,
    /// Each of these. Of an empty set no key will do.
    Each(ScopeSet),
}

// === impl Wanted ===

impl<'a> Wanted<'a> {
    /// Wants a key that grants one scope.
    pub fn scope(scope: Scope) -> Self {
        Self::scopes(WantedScopes::Each(scope.into()))
    }

    /// Wants a key that grants these scopes.
    pub fn scopes(scopes: WantedScopes) -> Self {
        Self {
            scopes,
            model: None,
        }
    }

    /// Wants a key, whatever it may be used for, also if that is nothing.
    pub fn whatever_scope() -> Self {
        Self::scopes(WantedScopes::Whatever)
    }

    /// Wants it for this model; if absent, models are not checked.
    pub fn with_model(self, model: Option<&'a str>) -> Self {
        Self { model, ..self }
    }

    /// Returns the scopes that it must grant.
    pub fn wanted_scopes(&self) -> WantedScopes {
        self.scopes
    }

    /// Returns the model, if one is wanted.
    pub fn model(&self) -> Option<&'a str> {
        self.model
    }
}

// === impl WantedScopes ===

impl WantedScopes {
    /// Returns the first wanted scope that a key lacks that grants `granted`.
    pub fn lacking_in(self, granted: ScopeSet) -> Option<Scope> {
        match self {
            Self::Whatever => None,
            Self::Each(ScopeSet::NONE) => Some(Scope::All),
            Self::Each(wanted) => granted.lacks(wanted),
        }
    }
}
