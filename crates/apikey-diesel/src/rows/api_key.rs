//! Rows of keys.

use super::{context::RowContext, life::LifeRow, user::UserRow};
use crate::credential_json;
use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::{ApiKey, StoredCredential},
        credential::CredentialNumber,
        key_name::KeyName,
        mask::Origin,
        token::AccessKey,
    },
};
use diesel::prelude::Queryable;

/// A key joined with its user.
#[derive(Queryable)]
pub(crate) struct ApiKeyRow {
    id: i64,
    name: String,
    description: Option<String>,
    user_id: i64,
    owner_principal_id: i64,
    access_key: String,
    scope: String,
    allowed_model_names: Option<String>,
    is_custom: bool,
    expires_at: i64,
    created_at: i64,
    updated_at: i64,
    username: String,
    is_system: bool,
    last_used_at: Option<i64>,
    life: LifeRow,
}

// === impl ApiKeyRow ===

impl ApiKeyRow {
    /// Returns whether the key has had several credentials.
    pub(crate) fn is_rotated(&self) -> bool {
        self.life.credentials.is_some()
    }
}

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = PortError;

    fn try_from(row: ApiKeyRow) -> Result<Self, PortError> {
        let context = RowContext {
            table: "api_keys",
            id: row.id,
        };
        let credentials = credential_json::parse(&context, row.life.credentials.as_deref())?;
        let mut key = Self {
            id: ApiKeyId(row.id),
            name: context.valid(KeyName::stored(row.name))?,
            description: context.description(row.description)?,
            user_id: UserId(row.user_id),
            user_name: row.username,
            user_is_system: row.is_system,
            owner_principal_id: PrincipalId(row.owner_principal_id),
            access_key: AccessKey::new(row.access_key),
            scope: context.scope(&row.scope)?,
            allowed_model_names: context.model_names(row.allowed_model_names.as_deref())?,
            origin: if row.is_custom {
                Origin::Custom
            } else {
                Origin::Generated
            },
            hint: row.life.hint(&context)?,
            rotated: Vec::new(),
            self_rotation: row.life.self_rotation,
            metadata: row.life.metadata(&context)?,
            expires_at: context.expiry(row.life.kept_expires_at.unwrap_or(row.expires_at))?,
            disabled_at: row.life.disabled_at(&context)?,
            revocation: row.life.revocation(&context)?,
            created_at: context.instant(row.created_at)?,
            updated_at: context.instant(row.updated_at)?,
            last_used_at: row.last_used_at.map(|at| context.instant(at)).transpose()?,
        };
        if !credentials.is_empty() {
            key.set_credentials(credentials);
        }
        Ok(key)
    }
}

/// Converts the parts of a row into a key, with the number and the digest of one of its
/// credentials, and its user.
pub(crate) fn credential(
    (key, number, digest, user): (ApiKeyRow, i64, String, UserRow),
) -> Result<StoredCredential, PortError> {
    let context = RowContext {
        table: "api_keys",
        id: key.id,
    };
    Ok(StoredCredential {
        number: CredentialNumber(number),
        secret_digest: context.digest(&digest)?,
        api_key: key.try_into()?,
        user: user.try_into()?,
    })
}
