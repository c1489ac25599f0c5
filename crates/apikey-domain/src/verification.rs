//! Deciding whether a presented key may be used for a request.
//!
//! Specified under "Verifying" in `docs/api.md`. [`decide`] makes the decision;
//! the use case [`crate::use_case::keys::verify`] provides the data.

pub mod facts;
pub mod last_use;
pub mod last_used_buffer;
mod verdict;

use crate::{key::scope::ScopeSet, timestamp::Timestamp};
use facts::KeyFacts;
use std::sync::Arc;
pub use verdict::Verdict;

/// What a presented key is to be used for.
///
/// # Example
///
/// ```
/// use apikey_domain::{key::scope::Scope, verification::Wanted};
///
/// let wanted = Wanted { scopes: Scope::Inference.into(), model: Some("qwen3-0.6b") };
/// assert_eq!(wanted.scopes.iter().count(), 1);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The scopes, all of which must be granted. If empty, scopes are not
    /// checked.
    pub scopes: ScopeSet,
    /// The model. If absent, models are not checked.
    pub model: Option<&'a str>,
}

/// Nothing in particular: neither scopes nor models are checked.
impl Default for Wanted<'_> {
    fn default() -> Self {
        Self {
            scopes: ScopeSet::NONE,
            model: None,
        }
    }
}

/// The result of a verification.
///
/// # Example
///
/// ```
/// use apikey_domain::testing::fixture;
/// use apikey_domain::verification::{Decision, Verdict};
///
/// let decision = Decision {
///     verdict: Verdict::Unknown,
///     facts: None,
///     as_of: fixture::instant(),
///     is_stale: false,
/// };
/// assert!(!decision.verdict.is_valid());
/// ```
#[derive(Clone, Debug)]
pub struct Decision {
    /// The verdict.
    pub verdict: Verdict,
    /// The data of the key, if the right key was presented.
    pub facts: Option<Arc<KeyFacts>>,
    /// The decision reflects every change that was acknowledged before this
    /// instant.
    pub as_of: Timestamp,
    /// Whether it rests on data that was cached before the store became
    /// unavailable.
    pub is_stale: bool,
}

/// Decides whether the right key may be used. Checks its expiry, its owner, its
/// scopes and its models, in this order.
///
/// # Example
///
/// ```
/// use apikey_domain::testing::fixture;
/// use apikey_domain::verification::{Verdict, Wanted, decide};
///
/// let facts = fixture::key_facts(7, "ci");
/// let verdict = decide(&facts, Wanted::default(), fixture::instant());
/// assert_eq!(verdict, Verdict::Valid);
/// ```
pub fn decide(facts: &KeyFacts, wanted: Wanted<'_>, now: Timestamp) -> Verdict {
    if facts.expires_at.has_passed(now) {
        return Verdict::Expired;
    }
    if !facts.owner.is_effective {
        return Verdict::OwnerInactive;
    }
    if facts.scope.lacks(wanted.scopes).is_some() {
        return Verdict::ScopeDenied;
    }
    match wanted.model {
        Some(model) if !facts.allowed_model_names.allows(model) => Verdict::ModelDenied,
        _ => Verdict::Valid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        key::{expiry::Expiry, model_names::AllowedModelNames, scope::Scope},
        testing::fixture,
    };

    /// Each step removes one of the reasons to refuse the key.
    #[test]
    fn the_first_of_several_reasons_is_reported() {
        let now = fixture::instant();
        let mut facts = fixture::key_facts(7, "ci");
        facts.expires_at = Expiry::at(now);
        let mut owner = (*facts.owner).clone();
        owner.is_effective = false;
        facts.owner = Arc::new(owner);
        facts.scope = ScopeSet::parse(["management"]).unwrap();
        facts.allowed_model_names = AllowedModelNames::parse(Some(vec!["a".into()])).unwrap();
        let wanted = Wanted {
            scopes: ScopeSet::from(Scope::Management).with(Scope::Inference),
            model: Some("b"),
        };
        assert_eq!(decide(&facts, wanted, now), Verdict::Expired);
        facts.expires_at = Expiry::NEVER;
        assert_eq!(decide(&facts, wanted, now), Verdict::OwnerInactive);
        facts.owner = fixture::key_facts(7, "ci").owner;
        assert_eq!(decide(&facts, wanted, now), Verdict::ScopeDenied);
        facts.scope = ScopeSet::default();
        assert_eq!(decide(&facts, wanted, now), Verdict::ModelDenied);
        facts.allowed_model_names = AllowedModelNames::default();
        assert_eq!(decide(&facts, wanted, now), Verdict::Valid);
    }

    #[test]
    fn a_key_expires_at_exactly_its_expiry() {
        let now = fixture::instant();
        let mut facts = fixture::key_facts(7, "ci");
        facts.expires_at = Expiry::at(now.plus_seconds(1).unwrap());
        assert_eq!(decide(&facts, Wanted::default(), now), Verdict::Valid);
        let then = now.plus_seconds(1).unwrap();
        assert_eq!(decide(&facts, Wanted::default(), then), Verdict::Expired);
    }
}
