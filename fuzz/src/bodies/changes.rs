//! What the bodies must be read as that change a key in part, revoke it and rotate it. They
//! have no fields that nobody knows.

use super::{
    expected::{Expected, changes_of},
    fields::{Fields, Wrong},
};
use apikey_domain::{
    key::{
        changes::ApiKeyChanges,
        credential::{Activation, GracePeriod},
        expiry::Lifetime,
        key_name::KeyName,
        metadata::MetadataChange,
        revocation::{Comment, NewRevocation, RevocationReason},
    },
    use_case::keys::rotate_api_key::RotateApiKey,
};

/// What becomes of the expiry; which instant it is, the target `queries` judges.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ExpiryChange {
    Stays,
    Never,
    Instant,
}

/// A rotation, as far as it can be compared.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Rotation {
    grace: GracePeriod,
    activation: Activation,
    has_custom: bool,
}

/// Returns what a body that changes a key in part must be read as.
pub(super) fn patched(mut fields: Fields) -> Expected<(ApiKeyChanges, ExpiryChange)> {
    let mut expected = Expected::of_whole(patched_of(&mut fields), &fields);
    let has_instant = |(_, expiry): &(_, ExpiryChange)| *expiry == ExpiryChange::Instant;
    // It may be none.
    expected.may_be_refused |= expected.value.as_ref().is_some_and(has_instant);
    expected
}

/// Returns what a body that revokes a key must be read as.
pub(super) fn revoked(mut fields: Fields) -> Expected<NewRevocation> {
    Expected::of_whole(revoked_of(&mut fields), &fields)
}

/// Returns what a body that rotates a key must be read as.
pub(super) fn rotated(mut fields: Fields) -> Expected<Rotation> {
    Expected::of_whole(rotated_of(&mut fields), &fields)
}

/// Returns changes that were read, with what becomes of the expiry.
pub(super) fn with_expiry(read: ApiKeyChanges) -> (ApiKeyChanges, ExpiryChange) {
    let expiry = match read.lifetime {
        None => ExpiryChange::Stays,
        Some(Lifetime::Unlimited) => ExpiryChange::Never,
        Some(_) => ExpiryChange::Instant,
    };
    let lifetime = None;
    (ApiKeyChanges { lifetime, ..read }, expiry)
}

/// Returns a rotation that was read.
pub(super) fn rotation(read: &RotateApiKey) -> Rotation {
    Rotation {
        grace: read.grace,
        activation: read.activation,
        has_custom: read.custom.is_some(),
    }
}

fn patched_of(fields: &mut Fields) -> Result<(ApiKeyChanges, ExpiryChange), Wrong> {
    let name = match fields.text("name")? {
        None => None,
        Some(name) => Some(KeyName::parse(name.ok_or(Wrong)?).map_err(|_| Wrong)?),
    };
    let expiry = match fields.text("expires_at")? {
        None => ExpiryChange::Stays,
        Some(None) => ExpiryChange::Never,
        Some(Some(_)) => ExpiryChange::Instant,
    };
    let metadata = fields.nullable_entries("metadata")?;
    let metadata =
        metadata.map(|entries| entries.map_or(MetadataChange::Clear, MetadataChange::Merge));
    let changes = ApiKeyChanges {
        name,
        is_disabled: fields.flag("disabled")?,
        metadata,
        self_rotation: fields.flag("self_rotation")?,
        ..changes_of(fields)?
    };
    Ok((changes, expiry))
}

fn revoked_of(fields: &mut Fields) -> Result<NewRevocation, Wrong> {
    let reason = fields.text("reason")?.flatten().ok_or(Wrong)?;
    let comment = fields.text("comment")?.flatten();
    Ok(NewRevocation {
        reason: RevocationReason::parse(&reason).map_err(|_| Wrong)?,
        comment: comment.map(Comment::parse).transpose().map_err(|_| Wrong)?,
    })
}

fn rotated_of(fields: &mut Fields) -> Result<Rotation, Wrong> {
    let grace = fields.whole_number("grace_period_seconds")?;
    let activation = fields.text("activate")?.flatten();
    let activation = activation.as_deref().map(Activation::parse).transpose();
    Ok(Rotation {
        grace: grace
            .map(GracePeriod::parse)
            .transpose()
            .map_err(|_| Wrong)?
            .unwrap_or_default(),
        activation: activation.map_err(|_| Wrong)?.unwrap_or_default(),
        has_custom: fields.text("custom")?.flatten().is_some(),
    })
}
