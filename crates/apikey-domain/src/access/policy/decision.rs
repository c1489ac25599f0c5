//! What the policies decide, and which of them did.

use super::reach::KeyReach;
use crate::{
    access::tenant::TenantContext, error::Forbidden, gpustack::Scope, identity::organization::Role,
};

/// What a caller wants to do with keys.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::Act;
///
/// assert!(Act::Change.sets_rights());
/// assert!(!Act::Delete.sets_rights());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Act {
    /// Make one.
    Create,
    /// Make one that is that of another user.
    CreateForAnother,
    /// See them in a list, a walk or a watch.
    List,
    /// See one.
    Read,
    /// Change what is stored of one.
    Change,
    /// Give one another secret.
    Rotate,
    /// End the use of one for good.
    Revoke,
    /// Delete one.
    Delete,
}

impl Act {
    /// Returns whether the act says what a key may do.
    pub fn sets_rights(self) -> bool {
        matches!(
            self,
            Self::Create | Self::CreateForAnother | Self::Change | Self::Rotate
        )
    }
}

/// With which keys a caller may do something, or why with none, and the rule that decided.
///
/// A policy gets the decision of the rules before it and returns its own. What was refused
/// stays refused. A policy widens a decision only to the keys of the principal that the
/// caller acts for, so none reaches into another tenant.
///
/// # Example
///
/// ```
/// use apikey_domain::access::policy::{Act, KeyPolicies};
/// use apikey_domain::testing::fixture;
///
/// let alice = fixture::in_principal(fixture::caller(1, 11), 40);
/// let decision = KeyPolicies::contract().decide(&alice, Act::List);
/// assert_eq!(decision.rule(), "contract");
/// assert_eq!(decision.reach().unwrap().user_id(), Some(fixture::user_id(1)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a decision that nobody reads refuses nothing"]
pub struct PolicyDecision {
    outcome: Result<KeyReach, Forbidden>,
    rule: &'static str,
}

impl PolicyDecision {
    /// The contract: callers do everything with their own keys, and platform admins with
    /// every key; if there is a current principal, only with the keys it owns. A caller
    /// who came with a key needs one that grants management. A platform admin who acts for
    /// themselves makes keys for others in the own principal of each.
    pub(super) fn of_contract(context: &TenantContext, act: Act) -> Self {
        let user = &context.caller.user;
        let is_for_another = act == Act::CreateForAnother && user.is_admin;
        let acts_for = context.current_principal_id;
        let reach = KeyReach {
            user_id: (!user.is_admin).then_some(user.id),
            owner_principal_id: acts_for.filter(|id| !is_for_another || *id != user.principal_id),
            leaves_out_system_users: false,
            narrows_keys_but_of: None,
            bound: None,
            key_of_caller: context.caller.key().map(|key| key.id),
        };
        let granted = context.caller.require_scope(Scope::Management);
        Self {
            outcome: granted.map(|()| reach),
            rule: "contract",
        }
    }

    /// Returns the name of the rule that decided: the one that refused, or else the last
    /// one that changed the reach.
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// Returns with which keys the caller may do it.
    ///
    /// # Errors
    ///
    /// Why they may not do it at all.
    pub fn reach(&self) -> Result<&KeyReach, Forbidden> {
        self.outcome.as_ref().map_err(|refusal| *refusal)
    }

    /// Returns the reach itself; see [`reach`](Self::reach).
    ///
    /// # Errors
    ///
    /// As [`reach`](Self::reach).
    pub fn into_reach(self) -> Result<KeyReach, Forbidden> {
        self.outcome
    }

    /// Refuses.
    pub fn refused(mut self, why: Forbidden) -> Self {
        self.outcome = self.outcome.and(Err(why));
        self
    }

    /// Leaves only the keys of the caller.
    pub fn of_caller_alone(self, context: &TenantContext) -> Self {
        self.changed(|reach| reach.user_id = Some(context.caller.user.id))
    }

    /// Adds the keys of all users that the organization owns which the caller acts for
    /// and administers, but those of system users. Those may be changed to do less, never
    /// more: whoever knows such a key would act as its user. Adds nothing for whoever does
    /// not administer it.
    pub fn with_administered(self, context: &TenantContext) -> Self {
        if context.current_role != Some(Role::Admin) {
            return self;
        }
        self.changed(|reach| reach.user_id = None)
            .narrowing_others(context)
    }

    /// Keeps what is made or changed within the rights of the key that the caller came
    /// with. Bounds nothing for a caller with a password.
    pub fn within_key_of_caller(self, context: &TenantContext) -> Self {
        match context.caller.key() {
            Some(key) => self.changed(|reach| reach.bound = Some(key.rights.clone())),
            None => self,
        }
    }

    /// Returns what follows if the policy of this name made `after` of this decision: no
    /// more than a policy may, whatever it returned.
    pub(super) fn followed_by(
        self,
        rule: &'static str,
        after: Self,
        context: &TenantContext,
    ) -> Self {
        let Ok(before) = &self.outcome else {
            return self;
        };
        let after = after.changed(|reach| {
            reach.owner_principal_id = before.owner_principal_id;
            reach.key_of_caller = before.key_of_caller;
            if context.current_role != Some(Role::Admin) {
                reach.user_id = reach.user_id.or(before.user_id);
            }
            reach.user_id = reach.user_id.map(|_| context.caller.user.id);
            reach.leaves_out_system_users |= before.leaves_out_system_users;
            reach.bound = before.bound.clone().or_else(|| reach.bound.take());
        });
        let outcome = after.narrowing_others(context).outcome;
        if outcome == self.outcome {
            return self;
        }
        Self { outcome, rule }
    }

    /// Lets whoever is no platform admin do no more with the keys of others than a policy
    /// may allow.
    fn narrowing_others(self, context: &TenantContext) -> Self {
        let user = &context.caller.user;
        self.changed(|reach| {
            if reach.user_id.is_none() && !user.is_admin {
                reach.leaves_out_system_users = true;
                reach.narrows_keys_but_of = Some(user.id);
            }
        })
    }

    fn changed(mut self, change: impl FnOnce(&mut KeyReach)) -> Self {
        if let Ok(reach) = &mut self.outcome {
            change(reach);
        }
        self
    }
}
