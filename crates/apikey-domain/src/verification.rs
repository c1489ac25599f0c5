//! Deciding whether a presented key may be used for a request.
//!
//! Specified under "Verifying" in `docs/api.md`. [`decide`] makes the decision;
//! the use case [`crate::use_case::keys::verify`] provides the data.

mod checks;
mod decision;
pub mod facts;
pub(crate) mod foreign_secrets;
pub mod last_use;
#[cfg(feature = "server")]
pub mod last_used_buffer;
mod reason;
pub mod renewal_buffer;
mod wanted;

use crate::timestamp::Timestamp;
pub use checks::Check;
pub(crate) use decision::Basis;
pub use decision::{Decision, KnownKey, Refused, Verified};
use facts::KeyFacts;
pub use reason::Reason;
pub use wanted::{Wanted, WantedScopes};

/// Decides whether the right key may be used: the first [`Check`] that fails refuses it.
///
/// # Errors
///
/// The first [`Reason`] to refuse it.
///
/// # Example
///
/// ```
/// use apikey_domain::gpustack::Scope;
/// use apikey_domain::testing::fixture;
/// use apikey_domain::verification::{Wanted, decide};
///
/// let facts = fixture::key_facts(7, "ci");
/// let wanted = Wanted::scope(Scope::Inference);
/// assert_eq!(decide(&facts, wanted, fixture::instant()), Ok(()));
/// ```
pub fn decide(facts: &KeyFacts, wanted: Wanted<'_>, now: Timestamp) -> Result<(), Reason> {
    let failed = Check::first_failed(facts, wanted, now);
    failed.map_or(Ok(()), |check| Err(check.reason()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gpustack::{AllowedModelNames, Scope, ScopeSet},
        key::expiry::Expiry,
        testing::fixture,
    };
    use std::sync::Arc;

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
        let scopes = ScopeSet::from(Scope::Management).with(Scope::Inference);
        let wanted = Wanted::scopes(WantedScopes::Each(scopes)).with_model(Some("b"));
        assert_eq!(decide(&facts, wanted, now), Err(Reason::Expired));
        facts.expires_at = Expiry::NEVER;
        assert_eq!(decide(&facts, wanted, now), Err(Reason::OwnerInactive));
        facts.owner = fixture::key_facts(7, "ci").owner;
        assert_eq!(decide(&facts, wanted, now), Err(Reason::ScopeDenied));
        facts.scope = ScopeSet::default();
        assert_eq!(decide(&facts, wanted, now), Err(Reason::ModelDenied));
        facts.allowed_model_names = AllowedModelNames::default();
        assert_eq!(decide(&facts, wanted, now), Ok(()));
    }

    #[test]
    fn a_key_expires_at_exactly_its_expiry() {
        let now = fixture::instant();
        let mut facts = fixture::key_facts(7, "ci");
        facts.expires_at = Expiry::at(now.plus_seconds(1).unwrap());
        assert_eq!(decide(&facts, Wanted::whatever_scope(), now), Ok(()));
        let then = now.plus_seconds(1).unwrap();
        assert_eq!(
            decide(&facts, Wanted::whatever_scope(), then),
            Err(Reason::Expired)
        );
    }

    #[test]
    fn an_empty_set_of_wanted_scopes_admits_no_key() {
        let now = fixture::instant();
        let mut facts = fixture::key_facts(7, "ci");
        let nothing = Wanted::scopes(WantedScopes::Each(ScopeSet::NONE));
        assert_eq!(decide(&facts, nothing, now), Err(Reason::ScopeDenied));
        facts.scope = ScopeSet::NONE;
        assert_eq!(decide(&facts, nothing, now), Err(Reason::ScopeDenied));
        let inference = Wanted::scope(Scope::Inference);
        assert_eq!(decide(&facts, inference, now), Err(Reason::ScopeDenied));
        assert_eq!(decide(&facts, Wanted::whatever_scope(), now), Ok(()));
    }
}
