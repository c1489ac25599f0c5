//! How much a key may do, and whether that is more than another one may.

use crate::{
    error::Excess,
    gpustack::{AllowedModelNames, ScopeSet},
    key::{
        api_key::{ApiKey, NewApiKey},
        expiry::Expiry,
    },
};

/// How much a key may do: for what, with which models, and until when.
///
/// # Example
///
/// ```
/// use apikey_domain::{error::Excess, gpustack::ScopeSet, key::rights::KeyRights};
/// use apikey_domain::testing::fixture;
///
/// let everything = KeyRights::of(&fixture::api_key(7, "ci"));
/// let inference = KeyRights {
///     scope: ScopeSet::parse(["inference"]).unwrap(),
///     ..everything.clone()
/// };
/// assert_eq!(inference.excess_over(&everything), None);
/// assert_eq!(everything.excess_over(&inference), Some(Excess::Scope));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRights {
    /// What it may be used for.
    pub scope: ScopeSet,
    /// Which models it may use.
    pub allowed_model_names: AllowedModelNames,
    /// When it expires.
    pub expires_at: Expiry,
}

impl KeyRights {
    /// Returns the rights of a stored key.
    pub fn of(key: &ApiKey) -> Self {
        Self {
            scope: key.scope,
            allowed_model_names: key.allowed_model_names.clone(),
            expires_at: key.expires_at,
        }
    }

    /// Returns the rights of a key to be stored.
    pub(crate) fn of_new(key: &NewApiKey) -> Self {
        Self {
            scope: key.scope,
            allowed_model_names: key.allowed_model_names.clone(),
            expires_at: key.expires_at,
        }
    }

    /// Returns the first respect in which these rights are more than `most`: the scope,
    /// the models, the expiry; `None` if they are the same or less in all.
    pub fn excess_over(&self, most: &Self) -> Option<Excess> {
        if most.scope.lacks(self.scope).is_some() {
            Some(Excess::Scope)
        } else if !most.allowed_model_names.covers(&self.allowed_model_names) {
            Some(Excess::Models)
        } else if self.expires_at > most.expires_at {
            Some(Excess::Expiry)
        } else {
            None
        }
    }
}
