//! The domain's values, as columns hold them.

use apikey_domain::{
    key::{expiry::Expiry, model_names::AllowedModelNames, scope::ScopeSet},
    timestamp::Timestamp,
};

/// The instant that stands for "never" in `api_keys.expires_at`.
pub(super) const NEVER: i64 = i64::MAX;

/// How an expiry is stored.
pub(crate) fn expiry_column(expiry: Expiry) -> i64 {
    expiry.instant().map_or(NEVER, Timestamp::microseconds)
}

/// How scopes are stored.
pub(crate) fn scope_column(scope: &ScopeSet) -> String {
    let names: Vec<_> = scope.iter().map(|scope| scope.as_str()).collect();
    names.join(",")
}

/// How model names are stored.
pub(crate) fn model_names_column(names: &AllowedModelNames) -> Option<String> {
    let names = names.names()?;
    Some(serde_json::Value::from(names).to_string())
}
