//! The stored form of the domain's values.

use apikey_domain::{
    gpustack::{AllowedModelNames, ScopeSet},
    key::expiry::Expiry,
    timestamp::Timestamp,
};

/// The instant that represents "never" in `api_keys.expires_at`.
pub(super) const NEVER: i64 = i64::MAX;
/// What sorts as the last use of a key that was never used, before all others. The queries
/// and an index say it, too.
pub(super) const NEVER_USED: i64 = -i64::MAX;

/// Returns the stored form of an expiry.
pub(crate) fn expiry_column(expiry: Expiry) -> i64 {
    expiry.instant().map_or(NEVER, Timestamp::microseconds)
}

/// Returns the stored form of scopes.
pub(crate) fn scope_column(scope: &ScopeSet) -> String {
    let names: Vec<_> = scope.iter().map(|scope| scope.as_str()).collect();
    names.join(",")
}

/// Returns the stored form of model names.
pub(crate) fn model_names_column(names: &AllowedModelNames) -> Option<String> {
    let names = names.names()?;
    Some(serde_json::Value::from(names).to_string())
}
