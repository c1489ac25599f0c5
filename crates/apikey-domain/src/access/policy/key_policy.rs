//! What a policy about keys is.

use super::decision::{Act, PolicyDecision};
use crate::access::tenant::TenantContext;
use std::fmt::Debug;

/// A rule about who may do what with keys.
///
/// It sees the decision of the rules before it, at first that of the contract, and
/// returns its own; by default the same. It asks nobody and reads nothing: all it knows
/// is in its arguments. So it can be tested without a database, and a store can put what
/// it decided into a query.
///
/// # Example
///
/// ```
/// use apikey_domain::access::{policy::{Act, KeyPolicies, KeyPolicy, PolicyDecision}, tenant::TenantContext};
/// use apikey_domain::{error::Forbidden, testing::fixture};
///
/// #[derive(Debug)]
/// struct OnlyAdminsDelete;
///
/// impl KeyPolicy for OnlyAdminsDelete {
///     fn name(&self) -> &'static str {
///         "only-admins-delete"
///     }
///
///     fn decide(&self, context: &TenantContext, act: Act, before: PolicyDecision) -> PolicyDecision {
///         if act == Act::Delete && !context.caller().user().is_admin {
///             return before.refused(Forbidden::PlatformAdminsOnly);
///         }
///         before
///     }
/// }
///
/// let policies = KeyPolicies::contract().and(OnlyAdminsDelete);
/// let alice = fixture::in_principal(fixture::caller(1, 11), 11);
/// let decision = policies.decide(&alice, Act::Delete);
/// assert_eq!(decision.rule(), "only-admins-delete");
/// assert!(decision.reach().is_err());
/// assert!(policies.decide(&alice, Act::Change).reach().is_ok());
/// ```
pub trait KeyPolicy: Debug + Send + Sync {
    /// Returns its name, which a decision has that it made.
    fn name(&self) -> &'static str;

    /// Returns what it decides about an act of a caller, after what was decided before.
    fn decide(&self, context: &TenantContext, act: Act, before: PolicyDecision) -> PolicyDecision {
        let _ = (context, act);
        before
    }
}
