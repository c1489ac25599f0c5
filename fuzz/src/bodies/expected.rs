//! What bodies must be read as. The rules of names and lists are the domain's own; here
//! it is judged which text reaches which rule.

use super::fields::{Field, Fields, Wrong};
use apikey_domain::{
    gpustack::{AllowedModelNames, Scope, ScopeSet},
    key::{
        changes::ApiKeyChanges,
        expiry::Lifetime,
        key_name::{Description, KeyName},
        metadata::Metadata,
    },
};
use apikey_http::fuzzing::verification::Verification;
use std::time::Duration;

/// What a body must be read as.
pub(super) struct Expected<T> {
    /// `None` if it must be refused.
    pub(super) value: Option<T>,
    /// Whether it has fields that nobody knows: it may be a misspelling of another.
    pub(super) may_be_refused: bool,
}

/// A key to create, as far as it can be compared.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Created {
    pub(super) name: KeyName,
    pub(super) changes: ApiKeyChanges,
    pub(super) metadata: Metadata,
    pub(super) lifetime: Lifetime,
    pub(super) has_custom: bool,
    pub(super) flags: [bool; 2],
}

/// Returns what a body that creates a key must be read as.
pub(super) fn created(mut fields: Fields) -> Expected<Created> {
    let value = created_of(&mut fields);
    Expected::of(value, &fields)
}

/// Returns what a body that updates a key must be read as.
pub(super) fn updated(mut fields: Fields) -> Expected<ApiKeyChanges> {
    let value = changes_of(&mut fields);
    Expected::of(value, &fields)
}

/// Returns what a body that verifies keys must be read as.
pub(super) fn verified(mut fields: Fields) -> Expected<(bool, Vec<Verification>)> {
    let mut may_be_refused = false;
    let value = verified_of(&mut fields, &mut may_be_refused);
    let mut expected = Expected::of(value, &fields);
    expected.may_be_refused |= may_be_refused;
    expected
}

// === impl Expected ===

impl<T> Expected<T> {
    /// Returns what an object must be read as that may have no other fields.
    pub(super) fn of_whole(value: Result<T, Wrong>, rest: &Fields) -> Self {
        Self {
            value: value.ok().filter(|_| !rest.has_others()),
            may_be_refused: false,
        }
    }

    fn of(value: Result<T, Wrong>, rest: &Fields) -> Self {
        Self {
            value: value.ok(),
            may_be_refused: rest.has_others(),
        }
    }
}

fn created_of(fields: &mut Fields) -> Result<Created, Wrong> {
    let name = fields.text("name")?.flatten().ok_or(Wrong)?;
    let name = KeyName::parse(name).map_err(|_| Wrong)?;
    let mut changes = changes_of(fields)?;
    changes.description = Some(changes.description.flatten());
    changes.scope = Some(changes.scope.unwrap_or_default());
    changes.allowed_model_names = Some(changes.allowed_model_names.unwrap_or_default());
    let lifetime = match fields.whole_number("expires_in")? {
        Some(seconds) if seconds > 0 => Lifetime::For(Duration::from_secs(seconds.unsigned_abs())),
        _ => Lifetime::Unlimited,
    };
    let metadata = fields.entries("metadata")?.unwrap_or_default();
    let metadata = Metadata::parse(metadata).map_err(|_| Wrong)?;
    let has_custom = fields.text("custom")?.flatten().is_some();
    let self_rotation = fields.flag("self_rotation")?.unwrap_or_default();
    let replaces_expired = fields.flag("replace_expired")?.unwrap_or_default();
    Ok(Created {
        name,
        changes,
        metadata,
        lifetime,
        has_custom,
        flags: [self_rotation, replaces_expired],
    })
}

/// Takes the fields that bodies have which create and change keys.
pub(super) fn changes_of(fields: &mut Fields) -> Result<ApiKeyChanges, Wrong> {
    let description = match fields.text("description")? {
        Some(Some(text)) => Some(Some(Description::parse(text).map_err(|_| Wrong)?)),
        other => other.map(|_| None),
    };
    let scope = match fields.texts("scope")? {
        None => None,
        Some(None) => return Err(Wrong),
        Some(Some(names)) => Some(scopes(&names)?),
    };
    let names = fields.texts("allowed_model_names")?;
    let names = names.map(AllowedModelNames::parse).transpose();
    Ok(ApiKeyChanges {
        description,
        scope,
        allowed_model_names: names.map_err(|_| Wrong)?,
        ..ApiKeyChanges::default()
    })
}

fn scopes(names: &[String]) -> Result<ScopeSet, Wrong> {
    ScopeSet::parse(names.iter().map(String::as_str)).map_err(|_| Wrong)
}

fn verified_of(
    fields: &mut Fields,
    may_be_refused: &mut bool,
) -> Result<(bool, Vec<Verification>), Wrong> {
    let key = fields.text("key")?.flatten();
    let items = fields.list("items")?;
    let (scope, model) = (
        fields.text("scope")?.flatten(),
        fields.text("model")?.flatten(),
    );
    match (key, items) {
        (Some(key), None) => {
            let scope = one_scope(scope)?;
            Ok((false, vec![Verification { key, scope, model }]))
        }
        (None, Some(items)) if (1..=100).contains(&items.len()) => {
            let mut all = Vec::new();
            for item in items {
                let mut fields = Fields::of(item).ok_or(Wrong)?;
                all.push(Verification {
                    key: fields.text("key")?.flatten().ok_or(Wrong)?,
                    scope: one_scope(fields.text("scope")?.flatten())?,
                    model: fields.text("model")?.flatten(),
                });
                *may_be_refused |= fields.has_others();
            }
            Ok((true, all))
        }
        _ => Err(Wrong),
    }
}

fn one_scope(name: Option<String>) -> Field<Scope> {
    let scope = name.as_deref().map(Scope::parse).transpose();
    scope.map_err(|_| Wrong)
}
