//! Rows of the data needed to verify keys.

use super::{context::RowContext, user::UserRow};
use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId},
    identity::organization::{Role, Standing},
    key::key_name::KeyName,
    verification::{
        facts::{KeyFacts, KeyOwner},
        last_use::LastUse,
    },
};
use diesel::prelude::Queryable;
use std::sync::Arc;

/// The data needed to verify a key, except that of its user.
#[derive(Queryable)]
pub(crate) struct KeyFactsRow {
    id: i64,
    name: String,
    owner_principal_id: i64,
    secret_digest: String,
    scope: String,
    allowed_model_names: Option<String>,
    expires_at: i64,
    organization_id: Option<i64>,
    role: Option<String>,
    last_used_at: Option<i64>,
}

/// Converts the two parts of a row into the data needed to verify a key.
pub(crate) fn key_facts((row, user): (KeyFactsRow, UserRow)) -> Result<KeyFacts, PortError> {
    let context = RowContext {
        table: "api_keys",
        id: row.id,
    };
    let role = row.role.as_deref().map(Role::parse).transpose();
    let standing = Standing {
        is_organization: row.organization_id.is_some(),
        role: context.valid(role)?,
    };
    let owner = KeyOwner::of(
        &user.try_into()?,
        PrincipalId(row.owner_principal_id),
        standing,
    );
    let last_used_at = row.last_used_at.map(|at| context.instant(at)).transpose()?;
    Ok(KeyFacts {
        id: ApiKeyId(row.id),
        name: context.valid(KeyName::stored(row.name))?,
        secret_digest: context.digest(&row.secret_digest)?,
        scope: context.scope(&row.scope)?,
        allowed_model_names: context.model_names(row.allowed_model_names.as_deref())?,
        expires_at: context.expiry(row.expires_at)?,
        owner: Arc::new(owner),
        last_use: LastUse::new(last_used_at),
    })
}
