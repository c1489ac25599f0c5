//! Keys as rows.

use super::{found::Found, user::UserRow};
use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{
        api_key::{ApiKey, StoredCredential},
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
}

// === impl ApiKeyRow ===

impl TryFrom<ApiKeyRow> for ApiKey {
    type Error = PortError;

    fn try_from(row: ApiKeyRow) -> Result<Self, PortError> {
        let found = Found {
            table: "api_keys",
            id: row.id,
        };
        Ok(Self {
            id: ApiKeyId(row.id),
            name: found.valid(KeyName::parse(row.name))?,
            description: found.description(row.description)?,
            user_id: UserId(row.user_id),
            user_name: row.username,
            user_is_system: row.is_system,
            owner_principal_id: PrincipalId(row.owner_principal_id),
            access_key: AccessKey::new(row.access_key),
            scope: found.scope(&row.scope)?,
            allowed_model_names: found.model_names(row.allowed_model_names.as_deref())?,
            origin: match row.is_custom {
                true => Origin::Custom,
                false => Origin::Generated,
            },
            expires_at: found.expiry(row.expires_at)?,
            created_at: found.instant(row.created_at)?,
            updated_at: found.instant(row.updated_at)?,
            last_used_at: row.last_used_at.map(|at| found.instant(at)).transpose()?,
        })
    }
}

/// A key with its digest and user, from the three parts of one row.
pub(crate) fn credential(
    (key, digest, user): (ApiKeyRow, String, UserRow),
) -> Result<StoredCredential, PortError> {
    let found = Found {
        table: "api_keys",
        id: key.id,
    };
    Ok(StoredCredential {
        secret_digest: found.digest(&digest)?,
        api_key: key.try_into()?,
        user: user.try_into()?,
    })
}
