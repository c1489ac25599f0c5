//! What counts of a key when it is verified.

use super::{found::Found, user::UserRow};
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

/// What counts of a key when it is verified, joined with its owner.
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

/// What counts of a key, from the two parts of one row.
pub(crate) fn key_facts((row, user): (KeyFactsRow, UserRow)) -> Result<KeyFacts, PortError> {
    let found = Found {
        table: "api_keys",
        id: row.id,
    };
    let role = row.role.as_deref().map(Role::parse).transpose();
    let standing = Standing {
        is_organization: row.organization_id.is_some(),
        role: found.valid(role)?,
    };
    let owner = KeyOwner::of(
        &user.try_into()?,
        PrincipalId(row.owner_principal_id),
        standing,
    );
    let last_used_at = row.last_used_at.map(|at| found.instant(at)).transpose()?;
    Ok(KeyFacts {
        id: ApiKeyId(row.id),
        name: found.valid(KeyName::parse(row.name))?,
        secret_digest: found.digest(&row.secret_digest)?,
        scope: found.scope(&row.scope)?,
        allowed_model_names: found.model_names(row.allowed_model_names.as_deref())?,
        expires_at: found.expiry(row.expires_at)?,
        owner: Arc::new(owner),
        last_use: LastUse::new(last_used_at),
    })
}
