//! A decision as JSON.

use crate::metrics::VALID;
use crate::openapi::names::ScopeName;
use apikey_domain::{
    gpustack::Scope,
    timestamp::Timestamp,
    verification::{Decision, KnownKey},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A decision. It contains data of the key only if the key is right.
#[derive(Serialize)]
pub(super) struct DecisionView<'a> {
    valid: bool,
    code: &'static str,
    #[serde(flatten)]
    known: Option<KnownView<'a>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = KnownKey)]
pub(super) struct KnownView<'a> {
    key_id: i64,
    /// Which of its credentials it is.
    credential_id: i64,
    name: &'a str,
    user_id: i64,
    user_name: &'a str,
    /// The principal it acts for.
    owner_principal_id: i64,
    #[schema(value_type = Vec<ScopeName>)]
    scope: Vec<&'static str>,
    #[schema(required)]
    allowed_model_names: Option<&'a [String]>,
    #[schema(required, format = DateTime)]
    expires_at: Option<String>,
    /// An instant at which this was true.
    #[schema(format = DateTime)]
    as_of: String,
    /// Omitted if false, as it nearly always is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stale: bool,
}

impl<'a> From<&'a Decision> for DecisionView<'a> {
    fn from(decision: &'a Decision) -> Self {
        match decision {
            Ok(verified) => Self {
                valid: true,
                code: VALID,
                known: Some(KnownView::of(
                    verified.key(),
                    verified.as_of(),
                    verified.is_stale(),
                )),
            },
            Err(refused) => {
                let known = refused.key();
                let known =
                    known.map(|key| KnownView::of(key, refused.as_of(), refused.is_stale()));
                Self {
                    valid: false,
                    code: refused.reason().public().as_str(),
                    known,
                }
            }
        }
    }
}

impl<'a> KnownView<'a> {
    fn of(key: &'a KnownKey, as_of: Timestamp, stale: bool) -> Self {
        Self {
            key_id: key.id().0,
            credential_id: key.credential().0,
            name: key.name(),
            user_id: key.user_id().0,
            user_name: key.user_name(),
            owner_principal_id: key.owner_principal_id().0,
            scope: key.scope().iter().map(Scope::as_str).collect(),
            allowed_model_names: key.allowed_model_names().names(),
            expires_at: key.expires_at().instant().map(|at| at.to_rfc3339()),
            as_of: as_of.to_rfc3339(),
            stale,
        }
    }
}
