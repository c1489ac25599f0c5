//! Rows of the data needed to verify keys.

use super::{context::RowContext, life::end, user::UserRow};
use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::organization::{Role, Standing},
    key::key_name::KeyName,
    timestamp::Timestamp,
    verification::{
        facts::{KeyFacts, KeyOwner},
        last_use::LastUse,
    },
};
use diesel::prelude::Queryable;
use std::sync::Arc;

/// What is in the row of a key.
#[derive(Queryable)]
pub(crate) struct KeyFactsRow {
    id: i64,
    name: String,
    user_id: i64,
    owner_principal_id: i64,
    secret_digest: String,
    scope: String,
    allowed_model_names: Option<String>,
    expires_at: i64,
    kept_expires_at: Option<i64>,
    disabled_at: Option<i64>,
    revoked_at: Option<i64>,
}

/// What is in other rows, except that of its user.
#[derive(Queryable)]
pub(crate) struct StandingRow {
    organization_id: Option<i64>,
    role: Option<String>,
    last_used_at: Option<i64>,
}

/// Converts the three parts of a row into the data needed to verify a key.
pub(crate) fn key_facts(
    (row, standing, user): (KeyFactsRow, StandingRow, UserRow),
) -> Result<KeyFacts, PortError> {
    let context = row.context();
    let role = standing.role.as_deref().map(Role::parse).transpose();
    let last_used_at = standing.last_used_at.map(|at| context.instant(at));
    let last_used_at = last_used_at.transpose()?;
    let standing = Standing {
        is_organization: standing.organization_id.is_some(),
        role: context.valid(role)?,
    };
    let owner = KeyOwner::of(
        &user.try_into()?,
        PrincipalId(row.owner_principal_id),
        standing,
    );
    row.with_owner(Arc::new(owner), last_used_at)
}

// === impl KeyFactsRow ===

impl KeyFactsRow {
    /// Returns whose key it is: the user, and the principal that owns it.
    pub(crate) fn owner_ids(&self) -> (UserId, PrincipalId) {
        (UserId(self.user_id), PrincipalId(self.owner_principal_id))
    }

    /// Converts the row and its owner into the data needed to verify a key.
    pub(crate) fn with_owner(
        self,
        owner: Arc<KeyOwner>,
        last_used_at: Option<Timestamp>,
    ) -> Result<KeyFacts, PortError> {
        let context = self.context();
        let ends = [self.disabled_at, self.revoked_at];
        let (expires_at, withdrawal) = end(&context, self.expires_at, self.kept_expires_at, ends)?;
        Ok(KeyFacts {
            id: ApiKeyId(self.id),
            name: context.valid(KeyName::stored(self.name))?,
            secret_digest: context.digest(&self.secret_digest)?,
            scope: context.scope(&self.scope)?,
            allowed_model_names: context.model_names(self.allowed_model_names.as_deref())?,
            expires_at,
            withdrawal: KeyFacts::kept(withdrawal),
            owner,
            last_use: LastUse::new(last_used_at),
        })
    }

    fn context(&self) -> RowContext {
        RowContext {
            table: "api_keys",
            id: self.id,
        }
    }
}
