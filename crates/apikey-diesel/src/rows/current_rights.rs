//! Rows of the rights that a write rests on.

use super::{
    context::RowContext,
    life::end,
    session::{SessionRow, current_session},
};
use crate::credential_json;
use apikey_domain::{
    access::authority::{CurrentKey, CurrentRights, CurrentSession, CurrentUser, Grounds},
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, SessionId, UserId},
    identity::{
        organization::{Role, Standing},
        password::PasswordHash,
    },
    key::{
        credential::{CredentialNumber, CredentialState},
        rights::KeyRights,
    },
};
use diesel::{
    prelude::Queryable,
    sql_types::{BigInt, Bool, Nullable, Text},
};

/// The SQL types of [`CurrentRightsRow`].
pub(crate) type CurrentRightsColumns = (
    Bool,
    Bool,
    Bool,
    Text,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<Text>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<BigInt>,
    BigInt,
);

/// The rights of a user who exists.
#[derive(Queryable)]
pub(crate) struct CurrentRightsRow {
    is_admin: bool,
    is_active: bool,
    require_password_change: bool,
    password_hash: String,
    principal_kind: Option<String>,
    role: Option<String>,
    key_user_id: Option<i64>,
    key_owner_principal_id: Option<i64>,
    key_scope: Option<String>,
    key_allowed_model_names: Option<String>,
    key_expires_at: Option<i64>,
    key_kept_expires_at: Option<i64>,
    key_disabled_at: Option<i64>,
    key_revoked_at: Option<i64>,
    key_credentials: Option<String>,
    session_user_id: Option<i64>,
    session_password_hash: Option<String>,
    session_created_at: Option<i64>,
    session_last_used_at: Option<i64>,
    session_expires_at: Option<i64>,
    /// Counts rows so that they are read, and with that locked.
    #[expect(dead_code, reason = "the count itself is of no interest")]
    counted: i64,
}

// === impl CurrentRightsRow ===

impl CurrentRightsRow {
    /// Converts the row that was read for these grounds.
    pub(crate) fn into_rights(mut self, grounds: Grounds) -> Result<CurrentRights, PortError> {
        let session = grounds.session_id.map(|id| self.session(id)).transpose()?;
        let key = grounds.key_id.map(|id| self.key(id, grounds.credential));
        let key = key.transpose()?;
        let standing = self.standing(grounds.user_id)?;
        Ok(CurrentRights {
            user: Some(CurrentUser {
                id: grounds.user_id,
                is_admin: self.is_admin,
                is_active: self.is_active,
                require_password_change: self.require_password_change,
                password_hash: PasswordHash::new(self.password_hash),
            }),
            key: key.flatten(),
            session: session.flatten(),
            standing,
        })
    }

    fn session(&mut self, SessionId(id): SessionId) -> Result<Option<CurrentSession>, PortError> {
        let (Some(user_id), Some(hash), Some(created_at), Some(last_used_at), Some(expires_at)) = (
            self.session_user_id,
            self.session_password_hash.take(),
            self.session_created_at,
            self.session_last_used_at,
            self.session_expires_at,
        ) else {
            return Ok(None);
        };
        let row = SessionRow {
            id,
            user_id,
            created_at,
            last_used_at,
            expires_at,
        };
        current_session(row, hash).map(Some)
    }

    fn key(&self, id: ApiKeyId, number: CredentialNumber) -> Result<Option<CurrentKey>, PortError> {
        let (Some(user_id), Some(owner), Some(scope), Some(expires_at)) = (
            self.key_user_id,
            self.key_owner_principal_id,
            &self.key_scope,
            self.key_expires_at,
        ) else {
            return Ok(None);
        };
        let context = RowContext {
            table: "api_keys",
            id: id.0,
        };
        let ends = [self.key_disabled_at, self.key_revoked_at];
        let (expires_at, withdrawal) = end(&context, expires_at, self.key_kept_expires_at, ends)?;
        Ok(Some(CurrentKey {
            id,
            user_id: UserId(user_id),
            owner_principal_id: PrincipalId(owner),
            rights: KeyRights {
                scope: context.scope(scope)?,
                allowed_model_names: context
                    .model_names(self.key_allowed_model_names.as_deref())?,
                expires_at,
            },
            is_withdrawn: withdrawal.is_in_force(),
            credential: self.credential(&context, number)?,
        }))
    }

    /// Returns what has become of the credential that was presented.
    fn credential(
        &self,
        context: &RowContext,
        number: CredentialNumber,
    ) -> Result<Option<CredentialState>, PortError> {
        let Some(text) = self.key_credentials.as_deref() else {
            // There was only one.
            let is_first = number == CredentialNumber::FIRST;
            return Ok(is_first.then_some(CredentialState::Active));
        };
        let all = credential_json::parse(context, Some(text))?;
        let found = all.iter().find(|one| one.number == number);
        Ok(found.map(|one| one.state))
    }

    fn standing(&self, user_id: UserId) -> Result<Standing, PortError> {
        let context = RowContext {
            table: "memberships of user",
            id: user_id.0,
        };
        let role = self.role.as_deref().map(Role::parse).transpose();
        Ok(Standing {
            is_organization: self.principal_kind.as_deref() == Some("organization"),
            role: context.valid(role)?,
        })
    }
}
