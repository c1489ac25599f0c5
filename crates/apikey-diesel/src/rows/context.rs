//! Conversion of stored values into the domain's types.

use super::columns::NEVER;
use apikey_domain::{
    error::PortError,
    gpustack::{AllowedModelNames, ScopeSet},
    identity::user::FullName,
    key::{digest::StoredDigest, expiry::Expiry, key_name::Description},
    timestamp::Timestamp,
};

/// The row that a value was read from, for use in errors.
pub(crate) struct RowContext {
    pub(crate) table: &'static str,
    pub(crate) id: i64,
}

// === impl RowContext ===

impl RowContext {
    pub(crate) fn corrupt(&self, cause: &dyn std::fmt::Display) -> PortError {
        PortError::Corrupt(format!("{} {}: {cause}", self.table, self.id))
    }

    pub(crate) fn valid<T>(
        &self,
        value: Result<T, apikey_domain::Invalid>,
    ) -> Result<T, PortError> {
        value.map_err(|invalid| self.corrupt(&invalid))
    }

    pub(crate) fn instant(&self, microseconds: i64) -> Result<Timestamp, PortError> {
        Timestamp::from_microseconds(microseconds)
            .ok_or_else(|| self.corrupt(&"an instant outside the calendar"))
    }

    pub(crate) fn description(
        &self,
        text: Option<String>,
    ) -> Result<Option<Description>, PortError> {
        self.valid(text.map(Description::parse).transpose())
    }

    pub(crate) fn digest(&self, text: &str) -> Result<StoredDigest, PortError> {
        self.valid(StoredDigest::parse(text))
    }

    pub(crate) fn scope(&self, column: &str) -> Result<ScopeSet, PortError> {
        let names = column.split(',').filter(|name| !name.is_empty());
        self.valid(ScopeSet::parse(names))
    }

    pub(crate) fn model_names(&self, column: Option<&str>) -> Result<AllowedModelNames, PortError> {
        let names = column.map(serde_json::from_str).transpose();
        let names = names.map_err(|error| self.corrupt(&error))?;
        self.valid(AllowedModelNames::parse(names))
    }

    pub(crate) fn expiry(&self, column: i64) -> Result<Expiry, PortError> {
        match column {
            NEVER => Ok(Expiry::NEVER),
            instant => self.instant(instant).map(Expiry::at),
        }
    }

    pub(crate) fn full_name(&self, text: Option<String>) -> Result<Option<FullName>, PortError> {
        self.valid(text.map(FullName::parse).transpose())
    }
}
