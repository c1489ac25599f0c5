//! A decision as JSON.

use apikey_domain::{
    key::scope::Scope,
    verification::{Decision, facts::KeyFacts},
};
use serde::Serialize;

/// A decision. It contains data of the key only if the key is right.
#[derive(Serialize)]
pub(super) struct DecisionView<'a> {
    valid: bool,
    code: &'static str,
    #[serde(flatten)]
    known: Option<KnownView<'a>>,
}

#[derive(Serialize)]
struct KnownView<'a> {
    key_id: i64,
    name: &'a str,
    user_id: i64,
    user_name: &'a str,
    owner_principal_id: i64,
    scope: Vec<&'static str>,
    allowed_model_names: Option<&'a [String]>,
    expires_at: Option<String>,
    as_of: String,
    /// Omitted if false, as it nearly always is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stale: bool,
}

impl<'a> From<&'a Decision> for DecisionView<'a> {
    fn from(decision: &'a Decision) -> Self {
        let facts = decision.facts.as_deref();
        Self {
            valid: decision.verdict.is_valid(),
            code: decision.verdict.public().as_str(),
            known: facts.map(|facts| KnownView::of(facts, decision)),
        }
    }
}

impl<'a> KnownView<'a> {
    fn of(facts: &'a KeyFacts, decision: &Decision) -> Self {
        Self {
            key_id: facts.id.0,
            name: facts.name.as_str(),
            user_id: facts.owner.user_id.0,
            user_name: facts.owner.user_name.as_str(),
            owner_principal_id: facts.owner.owner_principal_id.0,
            scope: facts.scope.iter().map(Scope::as_str).collect(),
            allowed_model_names: facts.allowed_model_names.names(),
            expires_at: facts.expires_at.instant().map(|at| at.to_rfc3339()),
            as_of: decision.as_of.to_rfc3339(),
            stale: decision.is_stale,
        }
    }
}
