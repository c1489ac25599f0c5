//! What a right key is checked for, in order.

use super::{facts::KeyFacts, reason::Reason, wanted::Wanted};
use crate::timestamp::Timestamp;

/// One of the checks of a key whose secret is right.
///
/// # Example
///
/// ```
/// use apikey_domain::{testing::fixture, verification::{Check, Wanted}};
///
/// let (facts, now) = (fixture::key_facts(7, "ci"), fixture::instant());
/// assert!(Check::Expiry.passes(&facts, Wanted::whatever_scope(), now));
/// assert_eq!(Check::ALL[0], Check::Credential);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Check {
    /// That the secret is not that of a credential which has ended.
    Credential,
    /// That it was not revoked.
    Revocation,
    /// That it is not disabled.
    Disabling,
    /// That it has not expired.
    Expiry,
    /// That its user is active and may act for the principal that owns it.
    Owner,
    /// That it grants the wanted scopes.
    Scope,
    /// That it may use the wanted model.
    Model,
}

impl Check {
    /// All of them, in the order in which they are made. The first that fails decides.
    pub const ALL: [Self; 7] = [
        Self::Credential,
        Self::Revocation,
        Self::Disabling,
        Self::Expiry,
        Self::Owner,
        Self::Scope,
        Self::Model,
    ];

    /// Returns whether a key passes, if it is used as wanted at `now`.
    pub fn passes(self, facts: &KeyFacts, wanted: Wanted<'_>, now: Timestamp) -> bool {
        match self {
            Self::Credential => facts.credential().state.is_usable(now),
            Self::Revocation => facts.withdrawal().revoked_at.is_none(),
            Self::Disabling => facts.withdrawal().disabled_at.is_none(),
            Self::Expiry => !facts.expires_at.has_passed(now),
            Self::Owner => facts.owner.is_effective,
            Self::Scope => wanted.wanted_scopes().lacking_in(facts.scope).is_none(),
            Self::Model => wanted
                .model()
                .is_none_or(|model| facts.allowed_model_names.allows(model)),
        }
    }

    /// Returns the first one that a key does not pass, if it is used as wanted at `now`.
    pub fn first_failed(facts: &KeyFacts, wanted: Wanted<'_>, now: Timestamp) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|check| !check.passes(facts, wanted, now))
    }

    /// Returns why a key is refused that does not pass.
    pub fn reason(self) -> Reason {
        match self {
            Self::Credential | Self::Revocation => Reason::Revoked,
            Self::Disabling => Reason::Disabled,
            Self::Expiry => Reason::Expired,
            Self::Owner => Reason::OwnerInactive,
            Self::Scope => Reason::ScopeDenied,
            Self::Model => Reason::ModelDenied,
        }
    }

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Revocation => "revocation",
            Self::Disabling => "disabling",
            Self::Expiry => "expiry",
            Self::Owner => "owner",
            Self::Scope => "scope",
            Self::Model => "model",
        }
    }
}
