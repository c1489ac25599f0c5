//! The values of a key in a payload. They have the form of the columns of `api_keys` in
//! the first release, and keep it when a migration changes a column: what is recorded
//! cannot be migrated, and older releases read it, too.

use crate::rows::RowContext;
use apikey_domain::{
    error::PortError,
    gpustack::{AllowedModelNames, ScopeSet},
    key::{
        expiry::Expiry,
        metadata::Metadata,
        revocation::{Comment, Revocation, RevocationReason},
    },
    timestamp::Timestamp,
};
use std::collections::BTreeMap;

/// The instant that represents "never".
const NEVER: i64 = i64::MAX;

pub(super) fn write_expiry(expiry: Expiry) -> i64 {
    expiry.instant().map_or(NEVER, Timestamp::microseconds)
}

pub(super) fn read_expiry(event: &RowContext, value: i64) -> Result<Expiry, PortError> {
    match value {
        NEVER => Ok(Expiry::NEVER),
        instant => event.instant(instant).map(Expiry::at),
    }
}

pub(super) fn write_scope(scope: &ScopeSet) -> String {
    let names: Vec<_> = scope.iter().map(|scope| scope.as_str()).collect();
    names.join(",")
}

pub(super) fn read_scope(event: &RowContext, text: &str) -> Result<ScopeSet, PortError> {
    let names = text.split(',').filter(|name| !name.is_empty());
    event.valid(ScopeSet::parse(names))
}

pub(super) fn write_model_names(names: &AllowedModelNames) -> Option<String> {
    let names = names.names()?;
    Some(serde_json::Value::from(names).to_string())
}

pub(super) fn read_model_names(
    event: &RowContext,
    text: Option<&str>,
) -> Result<AllowedModelNames, PortError> {
    let names = text.map(serde_json::from_str).transpose();
    let names = names.map_err(|error| event.corrupt(&error))?;
    event.valid(AllowedModelNames::parse(names))
}

pub(super) fn write_metadata(metadata: &Metadata) -> BTreeMap<String, String> {
    let entries = metadata.iter();
    entries
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect()
}

pub(super) fn read_revocation(
    event: &RowContext,
    at: Option<i64>,
    reason: Option<&str>,
    comment: Option<&str>,
) -> Result<Option<Revocation>, PortError> {
    let Some(at) = at else {
        return Ok(None);
    };
    Ok(Some(Revocation {
        at: event.instant(at)?,
        reason: match reason {
            Some(reason) => event.valid(RevocationReason::parse(reason))?,
            None => RevocationReason::Other,
        },
        comment: event.valid(comment.map(Comment::parse).transpose())?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use apikey_domain::testing::fixture;

    const EVENT: RowContext = RowContext {
        table: "events",
        id: 1,
    };

    #[test]
    fn the_form_of_an_expiry_is_frozen() {
        let instant = fixture::instant();
        for (expiry, form) in [
            (Expiry::NEVER, 9_223_372_036_854_775_807),
            (Expiry::at(instant), instant.microseconds()),
        ] {
            assert_eq!(write_expiry(expiry), form);
            assert_eq!(read_expiry(&EVENT, form).unwrap(), expiry);
        }
    }

    #[test]
    fn the_form_of_scopes_is_frozen() {
        for form in ["*", "inference", "inference,management"] {
            let scope = ScopeSet::parse(form.split(',')).unwrap();
            assert_eq!(write_scope(&scope), form);
            assert_eq!(read_scope(&EVENT, form).unwrap(), scope);
        }
        assert!(read_scope(&EVENT, "rotation").is_err());
    }

    #[test]
    fn the_form_of_model_names_is_frozen() {
        for (names, form) in [
            (None, None),
            (Some(vec![]), Some("[]")),
            (
                Some(vec!["m1".to_owned(), "m,2".to_owned()]),
                Some(r#"["m1","m,2"]"#),
            ),
        ] {
            let names = AllowedModelNames::parse(names).unwrap();
            assert_eq!(write_model_names(&names).as_deref(), form);
            assert_eq!(read_model_names(&EVENT, form).unwrap(), names);
        }
    }
}
