//! What becomes of a key after it was made, in the columns of its row.

use super::{columns::expiry_column, context::RowContext};
use crate::{credential_json, schema::api_keys};
use apikey_domain::{
    error::PortError,
    key::{
        api_key::ApiKey,
        expiry::Expiry,
        hint::Hint,
        metadata::Metadata,
        revocation::{Comment, Revocation, RevocationReason},
        status::Withdrawal,
    },
    timestamp::Timestamp,
};
use diesel::prelude::{AsChangeset, Queryable};
use std::collections::BTreeMap;

/// The expiry that its owner gave a key. An index has the keys that [`EXPIRES`] in the order
/// of it; a query has to say both in these words.
pub(crate) const OWN_EXPIRY: &str = "COALESCE(api_keys.kept_expires_at, api_keys.expires_at)";
/// Whether a key is to expire by itself.
pub(crate) const EXPIRES: &str = "api_keys.revoked_at IS NULL AND \
     COALESCE(api_keys.kept_expires_at, api_keys.expires_at) < 9223372036854775807";

/// What is in the row of a key beside what it was made with.
#[derive(Queryable)]
pub(crate) struct LifeRow {
    pub(super) kept_expires_at: Option<i64>,
    disabled_at: Option<i64>,
    revoked_at: Option<i64>,
    revocation_reason: Option<String>,
    revocation_comment: Option<String>,
    hint: Option<String>,
    metadata: Option<String>,
    pub(super) self_rotation: bool,
    pub(super) credentials: Option<String>,
}

/// The columns that a change of a key writes for how long it may be used.
#[derive(AsChangeset)]
#[diesel(table_name = api_keys, treat_none_as_null = true)]
pub(crate) struct LifeColumns {
    expires_at: i64,
    kept_expires_at: Option<i64>,
    disabled_at: Option<i64>,
    revoked_at: Option<i64>,
    revocation_reason: Option<&'static str>,
    revocation_comment: Option<String>,
    metadata: Option<String>,
    name_freed: i64,
    self_rotation: bool,
    credentials: Option<String>,
}

// === impl LifeRow ===

impl LifeRow {
    pub(super) fn disabled_at(&self, row: &RowContext) -> Result<Option<Timestamp>, PortError> {
        self.disabled_at.map(|at| row.instant(at)).transpose()
    }

    pub(super) fn revocation(&self, row: &RowContext) -> Result<Option<Revocation>, PortError> {
        let Some(at) = self.revoked_at else {
            return Ok(None);
        };
        let comment = self.revocation_comment.as_deref().map(Comment::parse);
        Ok(Some(Revocation {
            at: row.instant(at)?,
            reason: match &self.revocation_reason {
                Some(reason) => row.valid(RevocationReason::parse(reason))?,
                // Somebody set the column before it by hand.
                None => RevocationReason::Other,
            },
            comment: row.valid(comment.transpose())?,
        }))
    }

    pub(super) fn hint(&self, row: &RowContext) -> Result<Option<Hint>, PortError> {
        row.valid(self.hint.as_deref().map(Hint::stored).transpose())
    }

    /// Reads metadata from a JSON object of texts.
    pub(super) fn metadata(&self, row: &RowContext) -> Result<Metadata, PortError> {
        let entries: Option<BTreeMap<String, String>> = self
            .metadata
            .as_deref()
            .map(serde_json::from_str)
            .transpose()
            .map_err(|error| row.corrupt(&error))?;
        row.valid(Metadata::parse(entries.unwrap_or_default()))
    }
}

/// Returns metadata as a JSON object, if there is any.
pub(super) fn metadata_column(metadata: &Metadata) -> Option<String> {
    let entries = metadata
        .iter()
        .map(|(name, text)| (name.to_owned(), text.into()));
    let entries: serde_json::Map<_, serde_json::Value> = entries.collect();
    (!entries.is_empty()).then(|| serde_json::Value::Object(entries).to_string())
}

/// Converts the columns of the end of a key, and returns its own expiry with what ended it.
pub(super) fn end(
    row: &RowContext,
    expires_at: i64,
    kept_expires_at: Option<i64>,
    [disabled_at, revoked_at]: [Option<i64>; 2],
) -> Result<(Expiry, Withdrawal), PortError> {
    let instant = |at: Option<i64>| at.map(|at| row.instant(at)).transpose();
    let withdrawal = Withdrawal {
        disabled_at: instant(disabled_at)?,
        revoked_at: instant(revoked_at)?,
    };
    Ok((
        row.expiry(kept_expires_at.unwrap_or(expires_at))?,
        withdrawal,
    ))
}

// === impl LifeColumns ===

impl LifeColumns {
    pub(crate) fn of(key: &ApiKey) -> Result<Self, PortError> {
        let revocation = key.revocation.as_ref();
        let comment = revocation.and_then(|revocation| revocation.comment.as_ref());
        let is_withdrawn = key.withdrawal().is_in_force();
        Ok(Self {
            expires_at: expiry_column(key.ends_at()),
            kept_expires_at: is_withdrawn.then(|| expiry_column(key.expires_at)),
            disabled_at: key.disabled_at.map(Timestamp::microseconds),
            revoked_at: revocation.map(|revocation| revocation.at.microseconds()),
            revocation_reason: revocation.map(|revocation| revocation.reason.as_str()),
            revocation_comment: comment.map(|comment| comment.as_str().to_owned()),
            metadata: metadata_column(&key.metadata),
            name_freed: if key.holds_name() { 0 } else { key.id.0 },
            self_rotation: key.self_rotation,
            credentials: credential_json::text(&key.rotated)?,
        })
    }
}
