//! Why a key would be refused, as JSON: for the API, and for the command line.

use super::view::scope_names;
use crate::openapi::names::{CheckName, CodeName, ScopeName};
use crate::{
    body::{OtherFields, RequestBody},
    metrics::VALID,
    query::instant,
    verification::SCOPE_RULE,
};
use apikey_domain::{
    Invalid,
    gpustack::Scope,
    timestamp::Timestamp,
    use_case::keys::read_api_key::Explanation,
    verification::{Check, Wanted},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// What a key is to be used for, and when, as it was asked.
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExplainApiKey)]
pub struct ExplainBody {
    /// The scope.
    #[serde(default)]
    #[schema(value_type = Option<ScopeName>)]
    pub scope: Option<String>,
    /// The model.
    #[serde(default)]
    pub model: Option<String>,
    /// The instant, as RFC 3339 has it; now if absent.
    #[serde(default)]
    #[schema(format = DateTime)]
    pub at: Option<String>,
}

/// The same, validated.
pub struct Question {
    scope: Option<Scope>,
    model: Option<String>,
    /// The instant; now if absent.
    pub at: Option<Timestamp>,
}

/// An explanation as JSON.
#[derive(Serialize, ToSchema)]
#[schema(as = Explanation)]
pub struct ExplanationView {
    key_id: i64,
    #[schema(format = DateTime)]
    at: String,
    valid: bool,
    #[schema(value_type = CodeName)]
    code: &'static str,
    checks: Vec<CheckView>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedCheck)]
struct CheckView {
    #[schema(value_type = CheckName)]
    check: &'static str,
    passed: bool,
    #[schema(value_type = std::collections::BTreeMap<String, Value>)]
    looked_at: Value,
}

impl RequestBody for ExplainBody {
    const OTHER_FIELDS: OtherFields = OtherFields::Refused;
}

impl TryFrom<ExplainBody> for Question {
    type Error = Invalid;

    fn try_from(body: ExplainBody) -> Result<Self, Invalid> {
        let scope = body.scope.as_deref().map(Scope::parse).transpose();
        let at = match body.at.as_deref() {
            None => None,
            Some(text) => Some(instant(text).ok_or_else(|| {
                Invalid::sentence("at", "must be an instant, as in 2026-01-31T23:59:59Z")
            })?),
        };
        Ok(Self {
            scope: scope.map_err(|_| Invalid::sentence("scope", SCOPE_RULE))?,
            model: body.model,
            at,
        })
    }
}

impl Question {
    /// Returns what the key is wanted for.
    pub fn wanted(&self) -> Wanted<'_> {
        let wanted = self
            .scope
            .map_or_else(Wanted::whatever_scope, Wanted::scope);
        wanted.with_model(self.model.as_deref())
    }
}

impl ExplanationView {
    /// Returns the view of an explanation that answers a question.
    pub fn of(explained: &Explanation, question: &Question) -> Self {
        let outcome = explained.outcome();
        let checks = explained.checks().iter();
        Self {
            key_id: explained.facts().id.0,
            at: explained.at().to_rfc3339(),
            valid: outcome.is_ok(),
            code: outcome.map_or_else(|reason| reason.as_str(), |()| VALID),
            checks: checks
                .map(|(check, passed)| CheckView {
                    check: check.as_str(),
                    passed: *passed,
                    looked_at: looked_at(*check, explained, question),
                })
                .collect(),
        }
    }
}

/// Returns the values that a check compares.
fn looked_at(check: Check, explained: &Explanation, question: &Question) -> Value {
    let facts = explained.facts();
    match check {
        Check::Credential => {
            let credential = facts.credential();
            let ends_at = credential.state.ends_at();
            json!({
                "credential_id": credential.number.0,
                "ends_at": ends_at.map(Timestamp::to_rfc3339),
            })
        }
        Check::Revocation => {
            let revoked_at = facts.withdrawal().revoked_at;
            json!({"revoked_at": revoked_at.map(Timestamp::to_rfc3339)})
        }
        Check::Disabling => {
            let disabled_at = facts.withdrawal().disabled_at;
            json!({"disabled_at": disabled_at.map(Timestamp::to_rfc3339)})
        }
        Check::Expiry => {
            let instant = facts.expires_at.instant();
            json!({"expires_at": instant.map(Timestamp::to_rfc3339)})
        }
        Check::Owner => json!({
            "user_id": facts.owner.user_id.0,
            "owner_principal_id": facts.owner.owner_principal_id.0,
            "may_act": facts.owner.is_effective,
        }),
        Check::Scope => json!({
            "scope": scope_names(facts.scope),
            "wanted": question.scope.map(Scope::as_str),
        }),
        Check::Model => json!({
            "allowed_model_names": facts.allowed_model_names.names(),
            "wanted": question.model,
        }),
        _ => Value::Null,
    }
}
