//! What callers who came with a key may make of others.

use super::{principals::Principals, table::aligned};
use apikey_domain::{
    access::{
        policy::{Act, KeyPolicies},
        tenant::{CallerKey, TenantContext},
    },
    error::{Excess, Forbidden},
    gpustack::{AllowedModelNames, ScopeSet},
    key::{expiry::Expiry, rights::KeyRights},
    testing::fixture,
};

pub(super) const LEGEND: &str = "
## New keys

Each row is the key that a caller came with, each column a key they make. A cell
shows whether they may, or in what respect that is too much.
";

/// A key that may do this much: its scope, the model it is limited to, and when it expires.
type Rights = (&'static str, Option<&'static str>, Option<i64>);

const OWN: [Rights; 4] = [
    ("*", None, None),
    ("management", None, None),
    ("*", Some("qwen3"), None),
    ("*", None, Some(3_600)),
];

const NEW: [Rights; 6] = [
    ("*", None, None),
    ("management", None, None),
    ("inference", None, None),
    ("*", Some("qwen3"), None),
    ("*", Some("gemma"), None),
    ("*", None, Some(60)),
];

pub(super) fn table(principals: &Principals, policies: &KeyPolicies) -> String {
    let titles = NEW.iter().map(title);
    let mut lines: Vec<Vec<_>> = vec![[String::new()].into_iter().chain(titles).collect()];
    for own in &OWN {
        let context = with_key(principals, own);
        let cells = NEW.iter().map(|new| outcome(policies, &context, new));
        lines.push([title(own)].into_iter().chain(cells).collect());
    }
    aligned(&lines)
}

fn title((scope, model, expires_in): &Rights) -> String {
    let model = model.map_or_else(String::new, |model| format!(", {model}"));
    let expiry = expires_in.map_or_else(String::new, |seconds| format!(", {seconds} s"));
    format!("`{scope}`{model}{expiry}")
}

fn outcome(policies: &KeyPolicies, context: &TenantContext, new: &Rights) -> String {
    let decision = policies.decide(context, Act::Create);
    let checked = decision
        .reach()
        .and_then(|reach| reach.check_rights(&rights(new)));
    match checked {
        Ok(()) => "yes".to_owned(),
        Err(Forbidden::ExceedsOwnKey(Excess::Scope)) => "scope".to_owned(),
        Err(Forbidden::ExceedsOwnKey(Excess::Models)) => "models".to_owned(),
        Err(Forbidden::ExceedsOwnKey(Excess::Expiry)) => "expiry".to_owned(),
        Err(other) => other.to_string(),
    }
}

fn with_key(principals: &Principals, own: &Rights) -> TenantContext {
    let key = CallerKey {
        rights: rights(own),
        ..fixture::caller_key(0, &[])
    };
    fixture::test_context(principals.alice_with(key), None, None)
}

fn rights((scope, model, expires_in): &Rights) -> KeyRights {
    let models = model.map(|model| vec![model.to_owned()]);
    let instant = expires_in.and_then(|seconds| fixture::instant().plus_seconds(seconds));
    KeyRights {
        scope: ScopeSet::parse([*scope]).unwrap_or(ScopeSet::NONE),
        allowed_model_names: AllowedModelNames::parse(models).unwrap_or_default(),
        expires_at: instant.map_or(Expiry::NEVER, Expiry::at),
    }
}
