//! Several policies as one.

use super::{
    decision::{Act, PolicyDecision},
    key_policy::KeyPolicy,
};
use crate::{access::tenant::TenantContext, error::Forbidden, invalid::Invalid};
use std::sync::Arc;

/// The policies of an installation: the contract, and what was added to it, in order.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::KeyPolicies;
///
/// let policies = KeyPolicies::parse("organization-admins-manage, attenuated").unwrap();
/// assert_eq!(policies.to_string(), "contract,organization-admins-manage,attenuated");
/// assert!(KeyPolicies::parse("everybody-may").is_err());
/// ```
#[derive(Clone, Debug, Default)]
pub struct KeyPolicies {
    added: Vec<Arc<dyn KeyPolicy>>,
}

impl KeyPolicies {
    /// The name of the policy that always applies first.
    pub const CONTRACT: &'static str = "contract";

    /// Returns the contract alone.
    pub fn contract() -> Self {
        Self::default()
    }

    /// Adds a policy after the others.
    #[must_use]
    pub fn and(mut self, policy: impl KeyPolicy + 'static) -> Self {
        self.added.push(Arc::new(policy));
        self
    }

    /// Returns what the policies decide about an act of a caller.
    pub fn decide(&self, context: &TenantContext, act: Act) -> PolicyDecision {
        let contract = PolicyDecision::of_contract(context, act);
        self.added.iter().fold(contract, |before, policy| {
            let after = policy.decide(context, act, before.clone());
            before.followed_by(policy.name(), after, context)
        })
    }

    /// Returns whether a caller is shown the keys of others, if they ask for them.
    ///
    /// # Errors
    ///
    /// Why they may list no keys at all.
    pub fn show_others(&self, context: &TenantContext) -> Result<bool, Forbidden> {
        let decision = self.decide(context, Act::List);
        Ok(decision.reach()?.user_id().is_none())
    }

    /// Parses a list of names with commas between them: `contract`, which may be left
    /// out, `organization-admins-manage` and `attenuated`, in any order.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `policy` if a name is unknown or there twice.
    pub fn parse(names: &str) -> Result<Self, Invalid> {
        let mut policies = Self::contract();
        let mut seen = Vec::new();
        for name in names.split(',').map(str::trim) {
            if seen.contains(&name) {
                return Err(Invalid::new("policy", "must name each policy once"));
            }
            seen.push(name);
            if name == Self::CONTRACT {
                continue;
            }
            let shipped = super::shipped::by_name(name);
            let rule = "must be a list of 'contract', 'organization-admins-manage' or 'attenuated'";
            let policy = shipped.ok_or_else(|| Invalid::new("policy", rule))?;
            policies.added.push(policy);
        }
        Ok(policies)
    }
}

/// The names with commas between them, in the order in which the policies apply.
impl std::fmt::Display for KeyPolicies {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(Self::CONTRACT)?;
        for policy in &self.added {
            write!(formatter, ",{}", policy.name())?;
        }
        Ok(())
    }
}
