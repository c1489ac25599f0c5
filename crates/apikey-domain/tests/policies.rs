//! What a policy may make of a decision, whatever it returns.

use apikey_domain::{
    access::{
        policy::{
            Act, Attenuated, KeyPolicies, KeyPolicy, OrganizationAdminsManage, PolicyDecision,
        },
        tenant::TenantContext,
    },
    error::{Excess, Forbidden},
    identity::organization::Role,
    key::rights::KeyRights,
    testing::fixture,
};

/// A policy that answers with a decision about somebody else, or about nothing before.
#[derive(Debug)]
struct Instead(PolicyDecision);

impl KeyPolicy for Instead {
    fn name(&self) -> &'static str {
        "instead"
    }

    fn decide(&self, _: &TenantContext, _: Act, _: PolicyDecision) -> PolicyDecision {
        self.0.clone()
    }
}

/// Refuses everybody.
#[derive(Debug)]
struct Nobody;

impl KeyPolicy for Nobody {
    fn name(&self) -> &'static str {
        "nobody"
    }

    fn decide(&self, _: &TenantContext, _: Act, before: PolicyDecision) -> PolicyDecision {
        before.refused(Forbidden::PlatformAdminsOnly)
    }
}

/// Alice acts for organization 40, in this role.
fn alice(role: Role) -> TenantContext {
    let acme = Some(fixture::principal_id(40));
    fixture::test_context(fixture::caller(1, 11), acme, Some(role))
}

/// Alice acts for herself, with a key.
fn alice_with_key(scope: &[&str]) -> TenantContext {
    let key = fixture::caller_key(11, scope);
    fixture::in_principal(fixture::with_key(fixture::caller(1, 11), key), 11)
}

fn contract(context: &TenantContext) -> PolicyDecision {
    KeyPolicies::contract().decide(context, Act::Change)
}

#[test]
fn what_was_refused_stays_refused() {
    let granted = contract(&alice(Role::User));
    let policies = KeyPolicies::contract().and(Nobody).and(Instead(granted));
    let decision = policies.decide(&alice(Role::User), Act::Change);
    assert_eq!(decision.rule(), "nobody");
    assert_eq!(decision.reach().unwrap_err(), Forbidden::PlatformAdminsOnly);
}

#[test]
fn no_decision_about_another_crosses_a_tenant() {
    let mallory = fixture::in_principal(fixture::caller(2, 12), 50);
    let root = fixture::everywhere(fixture::admin(9, 19));
    for foreign in [contract(&mallory), contract(&root)] {
        let policies = KeyPolicies::contract().and(Instead(foreign));
        let decision = policies.decide(&alice(Role::User), Act::Change);
        let reach = decision.reach().unwrap();
        assert_eq!(reach.user_id(), Some(fixture::user_id(1)));
        assert_eq!(reach.owner_principal_id(), Some(fixture::principal_id(40)));
    }
}

#[test]
fn an_administrator_of_an_organization_gets_no_more_of_others_than_a_policy_may_give() {
    let everything = contract(&fixture::everywhere(fixture::admin(9, 19)));
    let policies = KeyPolicies::contract().and(Instead(everything));
    let decision = policies.decide(&alice(Role::Admin), Act::Change);
    let reach = decision.reach().unwrap();
    assert_eq!((reach.user_id(), decision.rule()), (None, "instead"));
    assert_eq!(reach.owner_principal_id(), Some(fixture::principal_id(40)));
    assert!(reach.leaves_out_system_users());
    let mut of_another = fixture::api_key(7, "ci");
    of_another.user_id = fixture::user_id(2);
    let narrow = fixture::unchanged(&fixture::api_key(8, "narrow"));
    let changed = reach.changed(&of_another, &narrow, of_another.updated_at);
    assert!(changed.is_ok());
    of_another.scope = apikey_domain::gpustack::ScopeSet::NONE;
    let wider = reach.changed(&of_another, &narrow, of_another.updated_at);
    assert_eq!(wider, Err(Forbidden::WidensKeyOfAnother.into()));
}

#[test]
fn bounds_stay() {
    let context = alice_with_key(&["management"]);
    let policies = KeyPolicies::contract()
        .and(Attenuated)
        .and(Instead(contract(&context)));
    let decision = policies.decide(&context, Act::Create);
    assert_eq!(decision.rule(), "attenuated");
    let more = KeyRights::of(&fixture::api_key(7, "ci"));
    let refused = decision.reach().unwrap().check_rights(&more);
    assert_eq!(refused, Err(Forbidden::ExceedsOwnKey(Excess::Scope)));
}

#[test]
fn a_rule_that_changes_nothing_has_not_decided() {
    let policies = KeyPolicies::contract()
        .and(OrganizationAdminsManage)
        .and(Attenuated);
    for act in [Act::Create, Act::List, Act::Read, Act::Change, Act::Delete] {
        assert_eq!(policies.decide(&alice(Role::User), act).rule(), "contract");
    }
    let decision = policies.decide(&alice(Role::Admin), Act::Delete);
    assert_eq!(decision.rule(), "organization-admins-manage");
    let decision = policies.decide(&alice(Role::Admin), Act::Create);
    assert_eq!(decision.rule(), "contract");
}
