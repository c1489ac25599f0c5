//! Whether a presented key may do what is asked of it.
//!
//! Source of the rules: "Verifying" in `docs/api.md`. [`decide`] is the one place
//! that decides; the use case [`crate::use_case::keys::verify`] brings it what it
//! needs.

pub mod facts;
pub mod last_use;
pub mod last_used_buffer;
mod verdict;

use crate::{key::scope::ScopeSet, timestamp::Timestamp};
use facts::KeyFacts;
use std::sync::Arc;
pub use verdict::Verdict;

/// What someone who presents a key wants to do.
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
    /// The scopes, all of which must be granted; none: scopes do not count.
    pub scopes: ScopeSet,
    /// The model; `None`: models do not count.
    pub model: Option<&'a str>,
}

/// Nothing in particular.
impl Default for Wanted<'_> {
    fn default() -> Self {
        Self {
            scopes: ScopeSet::NONE,
            model: None,
        }
    }
}

/// The answer to a verification.
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
    /// What was decided.
    pub verdict: Verdict,
    /// What is known of the key; only for who presented the right one.
    pub facts: Option<Arc<KeyFacts>>,
    /// An instant before which no change that was answered is missing.
    pub as_of: Timestamp,
    /// Whether it rests on what was known before the store was lost.
    pub is_stale: bool,
}

/// Decides about a key that is the right one: expired, owner inactive, scope,
/// model, in this order.
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

    /// A key with everything against it, of which each step takes one thing.
    #[test]
    fn the_first_reason_of_several_is_told() {
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
    fn a_key_expires_at_its_very_instant() {
        let now = fixture::instant();
        let mut facts = fixture::key_facts(7, "ci");
        facts.expires_at = Expiry::at(now.plus_seconds(1).unwrap());
        assert_eq!(decide(&facts, Wanted::default(), now), Verdict::Valid);
        let then = now.plus_seconds(1).unwrap();
        assert_eq!(decide(&facts, Wanted::default(), then), Verdict::Expired);
    }
}
