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
use serde::{Deserialize, Serialize};

/// The instant that stands for "never" in `api_keys.expires_at`.
const NEVER: i64 = i64::MAX;

/// A key joined with its user; also how events tell of keys.
#[derive(Queryable, Serialize, Deserialize)]
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

/// A user; also how events tell of users.
#[derive(Queryable, Serialize, Deserialize)]
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

/// An organization; also how events tell of organizations.
#[derive(Queryable, Serialize, Deserialize)]
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
struct Found {
    table: &'static str,
    id: i64,
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

impl From<&ApiKey> for ApiKeyRow {
    fn from(key: &ApiKey) -> Self {
        Self {
            id: key.id.0,
            name: key.name.as_str().to_owned(),
            description: text(key.description.as_ref().map(Description::as_str)),
            user_id: key.user_id.0,
            owner_principal_id: key.owner_principal_id.0,
            access_key: key.access_key.as_str().to_owned(),
            scope: scope_column(&key.scope),
            allowed_model_names: model_names_column(&key.allowed_model_names),
            is_custom: key.origin.is_custom(),
            expires_at: expiry_column(key.expires_at),
            created_at: key.created_at.microseconds(),
            updated_at: key.updated_at.microseconds(),
            username: key.user_name.clone(),
            is_system: key.user_is_system,
            last_used_at: key.last_used_at.map(Timestamp::microseconds),
        }
    }
}

fn text(value: Option<&str>) -> Option<String> {
    value.map(str::to_owned)
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

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.0,
            principal_id: user.principal_id.0,
            username: user.username.as_str().to_owned(),
            full_name: text(user.full_name.as_ref().map(FullName::as_str)),
            is_admin: user.is_admin,
            is_active: user.is_active,
            is_system: user.is_system,
            created_at: user.created_at.microseconds(),
            updated_at: user.updated_at.microseconds(),
        }
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

impl From<&Organization> for OrganizationRow {
    fn from(organization: &Organization) -> Self {
        Self {
            principal_id: organization.id.0,
            name: organization.name.as_str().to_owned(),
            slug: organization.slug.as_str().to_owned(),
            description: text(organization.description.as_ref().map(Description::as_str)),
            created_at: organization.created_at.microseconds(),
            updated_at: organization.updated_at.microseconds(),
        }
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
    fn corrupt(&self, cause: &dyn std::fmt::Display) -> PortError {
        PortError::Corrupt(format!("{} {}: {cause}", self.table, self.id))
    }

    fn valid<T>(&self, value: Result<T, apikey_domain::Invalid>) -> Result<T, PortError> {
        value.map_err(|invalid| self.corrupt(&invalid))
    }

    fn instant(&self, microseconds: i64) -> Result<Timestamp, PortError> {
        Timestamp::from_microseconds(microseconds)
            .ok_or_else(|| self.corrupt(&"an instant outside the calendar"))
    }

    fn description(&self, text: Option<String>) -> Result<Option<Description>, PortError> {
        self.valid(text.map(Description::parse).transpose())
    }

    fn digest(&self, text: &str) -> Result<SecretDigest, PortError> {
        SecretDigest::parse(text).ok_or_else(|| self.corrupt(&"unreadable secret_digest"))
    }

    fn scope(&self, column: &str) -> Result<ScopeSet, PortError> {
        let names = column.split(',').filter(|name| !name.is_empty());
        self.valid(ScopeSet::parse(names))
    }

    fn model_names(&self, column: Option<&str>) -> Result<AllowedModelNames, PortError> {
        let names = column.map(serde_json::from_str).transpose();
        let names = names.map_err(|error| self.corrupt(&error))?;
        self.valid(AllowedModelNames::parse(names))
    }

    fn expiry(&self, column: i64) -> Result<Expiry, PortError> {
        match column {
            NEVER => Ok(Expiry::NEVER),
            instant => self.instant(instant).map(Expiry::at),
        }
    }

    fn full_name(&self, text: Option<String>) -> Result<Option<FullName>, PortError> {
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
