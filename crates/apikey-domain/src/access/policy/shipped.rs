//! The policies that may be added to the contract by name.

use super::{
    decision::{Act, PolicyDecision},
    key_policy::KeyPolicy,
};
use crate::access::tenant::TenantContext;
use std::sync::Arc;

/// Admins of an organization see, change and delete all keys that it owns, but those of
/// system users.
///
/// They do so while they act for it: with a password, or with a key that it owns.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::{Act, KeyPolicies, OrganizationAdminsManage};
/// use apikey_domain::identity::organization::Role;
/// use apikey_domain::testing::fixture;
///
/// let acme = Some(fixture::principal_id(40));
/// let carol = fixture::test_context(fixture::caller(3, 13), acme, Some(Role::Admin));
/// let policies = KeyPolicies::contract().and(OrganizationAdminsManage);
/// let decision = policies.decide(&carol, Act::Delete);
/// assert_eq!(decision.rule(), "organization-admins-manage");
/// assert_eq!(decision.reach().unwrap().user_id(), None);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OrganizationAdminsManage;

/// What a caller who came with a key makes or changes never exceeds that key: its scope,
/// its models and its expiry.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::{Act, Attenuated, KeyPolicies};
/// use apikey_domain::{gpustack::ScopeSet, key::changes::ApiKeyChanges};
/// use apikey_domain::testing::fixture;
///
/// let key = fixture::caller_key(11, &["management"]);
/// let caller = fixture::with_key(fixture::caller(1, 11), key);
/// let context = fixture::in_principal(caller, 11);
/// let decision = KeyPolicies::contract().and(Attenuated).decide(&context, Act::Change);
/// assert_eq!(decision.rule(), "attenuated");
/// let wider = ApiKeyChanges {
///     scope: Some(ScopeSet::parse(["management", "inference"]).unwrap()),
///     ..ApiKeyChanges::default()
/// };
/// let other = fixture::api_key(7, "ci");
/// assert!(decision.reach().unwrap().changed(&other, &wider, other.updated_at).is_err());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Attenuated;

/// Returns the policy of this name.
pub(super) fn by_name(name: &str) -> Option<Arc<dyn KeyPolicy>> {
    let shipped: [Arc<dyn KeyPolicy>; 2] =
        [Arc::new(OrganizationAdminsManage), Arc::new(Attenuated)];
    shipped.into_iter().find(|policy| policy.name() == name)
}

impl KeyPolicy for OrganizationAdminsManage {
    fn name(&self) -> &'static str {
        "organization-admins-manage"
    }

    fn decide(&self, context: &TenantContext, act: Act, before: PolicyDecision) -> PolicyDecision {
        match act {
            Act::CreateForAnother
            | Act::List
            | Act::Read
            | Act::Change
            | Act::Revoke
            | Act::Delete => before.with_administered(context),
            Act::Create | Act::Rotate => before,
        }
    }
}

impl KeyPolicy for Attenuated {
    fn name(&self) -> &'static str {
        "attenuated"
    }

    fn decide(&self, context: &TenantContext, act: Act, before: PolicyDecision) -> PolicyDecision {
        if act.sets_rights() {
            before.within_key_of_caller(context)
        } else {
            before
        }
    }
}
