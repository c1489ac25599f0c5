//! Rows of the data needed to verify keys.

use super::{context::RowContext, life::end, user::UserRow};
use crate::credential_json;
use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::organization::{Role, Standing},
    key::{credential::KnownCredential, key_name::KeyName},
    timestamp::Timestamp,
    verification::{
        facts::{KeyFacts, KeyOwner},
        last_use::LastUse,
        renewal_buffer::RenewalOffer,
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
    credentials: Option<String>,
}

/// What is stored of a credential of a key that has had several.
#[derive(Queryable)]
pub(crate) struct CredentialRow {
    pub(crate) number: i64,
    pub(crate) secret_digest: String,
    last_used_at: Option<i64>,
}

/// What is in other rows, except that of its user.
#[derive(Queryable)]
pub(crate) struct StandingRow {
    organization_id: Option<i64>,
    role: Option<String>,
    last_used_at: Option<i64>,
}

/// Converts the parts of a row into the data needed to verify a key, with the one of its
/// credentials that was asked for, if it has had several.
pub(crate) fn key_facts(
    (row, standing, user): (KeyFactsRow, StandingRow, UserRow),
    credential: Option<CredentialRow>,
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
    row.with_owner(Arc::new(owner), last_used_at, credential)
}

// === impl KeyFactsRow ===

impl KeyFactsRow {
    /// Returns whose key it is: the user, and the principal that owns it.
    pub(crate) fn owner_ids(&self) -> (UserId, PrincipalId) {
        (UserId(self.user_id), PrincipalId(self.owner_principal_id))
    }

    /// Returns whether the key has had several credentials: then its own digest is that of
    /// none.
    pub(crate) fn is_rotated(&self) -> bool {
        self.credentials.is_some()
    }

    /// Converts the row and its owner into the data needed to verify a key.
    pub(crate) fn with_owner(
        mut self,
        owner: Arc<KeyOwner>,
        mut last_used_at: Option<Timestamp>,
        credential: Option<CredentialRow>,
    ) -> Result<KeyFacts, PortError> {
        let context = self.context();
        let known = match credential {
            None => None,
            Some(row) => {
                let text = self.credentials.as_deref();
                let known = known_credential(&context, text, row.number)?;
                last_used_at = row.last_used_at.map(|at| context.instant(at)).transpose()?;
                self.secret_digest = row.secret_digest;
                Some(Box::new(known))
            }
        };
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
            credential: known,
            owner,
            last_use: LastUse::new(last_used_at),
            renewal: RenewalOffer::default(),
        })
    }

    fn context(&self) -> RowContext {
        RowContext {
            table: "api_keys",
            id: self.id,
        }
    }
}

/// Returns what has become of the credential of this number.
pub(super) fn known_credential(
    context: &RowContext,
    credentials: Option<&str>,
    number: i64,
) -> Result<KnownCredential, PortError> {
    let all = credential_json::parse(context, credentials)?;
    let found = all.iter().find(|one| one.number.0 == number);
    let missing = || context.corrupt(&"a credential that the key does not have");
    found.map(KnownCredential::of).ok_or_else(missing)
}
