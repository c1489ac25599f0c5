//! Rows as the database has them, and back into the domain's types.
//!
//! A row that breaks the domain's rules is [`PortError::Corrupt`], naming the
//! table, the row and the column; never a panic.

mod event;
mod key_facts;

use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::{Member, Organization, OrganizationName, Role, Slug},
        password::PasswordHash,
        user::{FullName, User, UserCredential, Username},
    },
    key::{
        api_key::{ApiKey, StoredCredential},
        digest::SecretDigest,
        expiry::Expiry,
        key_name::{Description, KeyName},
        mask::Origin,
        model_names::AllowedModelNames,
        scope::ScopeSet,
        token::AccessKey,
    },
    timestamp::Timestamp,
};
use diesel::prelude::Queryable;
pub(crate) use event::{EventRow, NewEventRow, snapshot};
pub(crate) use key_facts::key_facts;

/// The instant that stands for "never" in `api_keys.expires_at`.
const NEVER: i64 = i64::MAX;

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

/// A user.
#[derive(Queryable)]
pub(crate) struct UserRow {
    id: i64,
    principal_id: i64,
    username: String,
    full_name: Option<String>,
    is_admin: bool,
    is_active: bool,
    is_system: bool,
    created_at: i64,
    updated_at: i64,
}

/// An organization.
#[derive(Queryable)]
pub(crate) struct OrganizationRow {
    principal_id: i64,
    name: String,
    slug: String,
    description: Option<String>,
    created_at: i64,
    updated_at: i64,
}

/// A membership joined with its user.
#[derive(Queryable)]
pub(crate) struct MemberRow {
    user_id: i64,
    username: String,
    full_name: Option<String>,
    role: String,
    created_at: i64,
}

/// Names the row in which a value was found, for the error it may be.
pub(crate) struct Found {
    pub(crate) table: &'static str,
    pub(crate) id: i64,
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

/// How an expiry is stored.
pub(crate) fn expiry_column(expiry: Expiry) -> i64 {
    expiry.instant().map_or(NEVER, Timestamp::microseconds)
}

/// How scopes are stored.
pub(crate) fn scope_column(scope: &ScopeSet) -> String {
    let names: Vec<_> = scope.iter().map(|scope| scope.as_str()).collect();
    names.join(",")
}

/// How model names are stored.
pub(crate) fn model_names_column(names: &AllowedModelNames) -> Option<String> {
    let names = names.names()?;
    Some(serde_json::Value::from(names).to_string())
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

// === impl UserRow ===

impl TryFrom<UserRow> for User {
    type Error = PortError;

    fn try_from(row: UserRow) -> Result<Self, PortError> {
        let found = Found {
            table: "users",
            id: row.id,
        };
        Ok(Self {
            id: UserId(row.id),
            username: found.valid(Username::parse(row.username))?,
            full_name: found.full_name(row.full_name)?,
            is_admin: row.is_admin,
            is_active: row.is_active,
            is_system: row.is_system,
            principal_id: PrincipalId(row.principal_id),
            created_at: found.instant(row.created_at)?,
            updated_at: found.instant(row.updated_at)?,
        })
    }
}

/// A user with their password hash, from the two parts of one row.
pub(crate) fn user_credential(
    (user, hash): (UserRow, String),
) -> Result<UserCredential, PortError> {
    Ok(UserCredential {
        user: user.try_into()?,
        password_hash: PasswordHash::new(hash),
    })
}

// === impl OrganizationRow ===

impl TryFrom<OrganizationRow> for Organization {
    type Error = PortError;

    fn try_from(row: OrganizationRow) -> Result<Self, PortError> {
        let found = Found {
            table: "organizations",
            id: row.principal_id,
        };
        Ok(Self {
            id: PrincipalId(row.principal_id),
            name: found.valid(OrganizationName::parse(row.name))?,
            slug: found.valid(Slug::parse(row.slug))?,
            description: found.description(row.description)?,
            created_at: found.instant(row.created_at)?,
            updated_at: found.instant(row.updated_at)?,
        })
    }
}

// === impl MemberRow ===

impl TryFrom<MemberRow> for Member {
    type Error = PortError;

    fn try_from(row: MemberRow) -> Result<Self, PortError> {
        let found = Found {
            table: "memberships",
            id: row.user_id,
        };
        Ok(Self {
            user_id: UserId(row.user_id),
            username: found.valid(Username::parse(row.username))?,
            full_name: found.full_name(row.full_name)?,
            role: found.valid(Role::parse(&row.role))?,
            created_at: found.instant(row.created_at)?,
        })
    }
}

// === impl Found ===

impl Found {
    pub(crate) fn corrupt(&self, cause: &dyn std::fmt::Display) -> PortError {
        PortError::Corrupt(format!("{} {}: {cause}", self.table, self.id))
    }

    pub(crate) fn valid<T>(
        &self,
        value: Result<T, apikey_domain::Invalid>,
    ) -> Result<T, PortError> {
        value.map_err(|invalid| self.corrupt(&invalid))
    }

    pub(crate) fn instant(&self, microseconds: i64) -> Result<Timestamp, PortError> {
        Timestamp::from_microseconds(microseconds)
            .ok_or_else(|| self.corrupt(&"an instant outside the calendar"))
    }

    pub(crate) fn description(
        &self,
        text: Option<String>,
    ) -> Result<Option<Description>, PortError> {
        self.valid(text.map(Description::parse).transpose())
    }

    pub(crate) fn digest(&self, text: &str) -> Result<SecretDigest, PortError> {
        SecretDigest::parse(text).ok_or_else(|| self.corrupt(&"unreadable secret_digest"))
    }

    pub(crate) fn scope(&self, column: &str) -> Result<ScopeSet, PortError> {
        let names = column.split(',').filter(|name| !name.is_empty());
        self.valid(ScopeSet::parse(names))
    }

    pub(crate) fn model_names(&self, column: Option<&str>) -> Result<AllowedModelNames, PortError> {
        let names = column.map(serde_json::from_str).transpose();
        let names = names.map_err(|error| self.corrupt(&error))?;
        self.valid(AllowedModelNames::parse(names))
    }

    pub(crate) fn expiry(&self, column: i64) -> Result<Expiry, PortError> {
        match column {
            NEVER => Ok(Expiry::NEVER),
            instant => self.instant(instant).map(Expiry::at),
        }
    }

    pub(crate) fn full_name(&self, text: Option<String>) -> Result<Option<FullName>, PortError> {
        self.valid(text.map(FullName::parse).transpose())
    }
}

/// Turns rows into the domain's types, or says which is corrupt.
pub(crate) fn all<R, T>(rows: Vec<R>) -> Result<Vec<T>, PortError>
where
    T: TryFrom<R, Error = PortError>,
{
    rows.into_iter().map(T::try_from).collect()
}
