//! Batches as JSON.

use apikey_domain::{
    identity::password::PasswordHash,
    import::{
        facts::{HighestIds, ImportOptions},
        source::{
            LeftOut, Listed, Reference, RowId, RowKind, SourceDigest, SourceKey, SourceMembership,
            SourceName, SourceOrganization, SourceRow, SourceUser,
        },
    },
    port::import_store::ImportBatch,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize)]
struct Batch {
    source: String,
    keep_ids: bool,
    map: BTreeMap<String, String>,
    /// Of users, principals and keys.
    #[serde(default)]
    highest: [i64; 3],
    rows: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Row {
    User {
        id: i64,
        username: Option<String>,
        full_name: Option<String>,
        password: Option<String>,
        require_password_change: bool,
        is_admin: bool,
        is_active: bool,
        known_by: Option<String>,
        created_at: Option<i64>,
        updated_at: Option<i64>,
    },
    Organization {
        id: i64,
        slug: Option<String>,
        name: Option<String>,
        description: Option<String>,
        has_admin: bool,
        created_at: Option<i64>,
        updated_at: Option<i64>,
    },
    Membership {
        organization: i64,
        user: i64,
        is_admin: bool,
        through: Option<i64>,
        created_at: Option<i64>,
    },
    Key {
        row: String,
        id: Option<i64>,
        name: Option<String>,
        description: Option<String>,
        access_key: String,
        digest: String,
        user: Named,
        owner: Option<Named>,
        scope: List,
        models: List,
        is_custom: bool,
        expires_at: Option<i64>,
        created_at: Option<i64>,
        updated_at: Option<i64>,
    },
    Gone {
        kind: String,
        row: String,
    },
    LeftOut {
        kind: String,
        row: String,
        name: String,
        why: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Named {
    Row(i64),
    Name(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum List {
    Null,
    Malformed,
    Texts(Vec<String>),
}

/// Writes a batch as JSON in one line.
///
/// # Errors
///
/// If it cannot be written.
pub fn write_batch(batch: ImportBatch) -> Result<String, serde_json::Error> {
    let rows = batch.rows.into_iter().map(Row::from);
    let highest = batch.options.highest;
    serde_json::to_string(&Batch {
        source: batch.source.as_str().to_owned(),
        keep_ids: batch.options.keep_ids,
        map: batch.options.map,
        highest: [highest.users, highest.principals, highest.keys],
        rows: rows.collect(),
    })
}

/// Reads a batch. Returns `None` if the text is none.
pub fn read_batch(json: &str) -> Option<ImportBatch> {
    let batch: Batch = serde_json::from_str(json).ok()?;
    let rows = batch.rows.into_iter().map(Row::into_row);
    let [users, principals, keys] = batch.highest;
    Some(ImportBatch {
        source: SourceName::parse(&batch.source)?,
        options: ImportOptions {
            keep_ids: batch.keep_ids,
            map: batch.map,
            highest: HighestIds {
                users,
                principals,
                keys,
            },
        },
        rows: rows.collect::<Option<_>>()?,
    })
}

// === impl Row ===

impl From<SourceRow> for Row {
    fn from(row: SourceRow) -> Self {
        match row {
            SourceRow::User(one) => Self::User {
                id: one.id,
                username: one.username,
                full_name: one.full_name,
                password: one.password.map(|hash| hash.as_str().to_owned()),
                require_password_change: one.require_password_change,
                is_admin: one.is_admin,
                is_active: one.is_active,
                known_by: one.known_by,
                created_at: one.created_at,
                updated_at: one.updated_at,
            },
            SourceRow::Organization(one) => Self::Organization {
                id: one.id,
                slug: one.slug,
                name: one.name,
                description: one.description,
                has_admin: one.has_admin,
                created_at: one.created_at,
                updated_at: one.updated_at,
            },
            SourceRow::Membership(one) => Self::Membership {
                organization: one.organization,
                user: one.user,
                is_admin: one.is_admin,
                through: one.through,
                created_at: one.created_at,
            },
            SourceRow::Key(one) => Self::Key {
                row: one.row,
                id: one.id,
                name: one.name,
                description: one.description,
                access_key: one.access_key,
                digest: one.digest.0,
                user: one.user.into(),
                owner: one.owner.map(Named::from),
                scope: one.scope.into(),
                models: one.models.into(),
                is_custom: one.is_custom,
                expires_at: one.expires_at,
                created_at: one.created_at,
                updated_at: one.updated_at,
            },
            SourceRow::Gone(row) => Self::Gone {
                kind: row.kind.as_str().to_owned(),
                row: row.text,
            },
            SourceRow::LeftOut(row, name, why) => Self::LeftOut {
                kind: row.kind.as_str().to_owned(),
                row: row.text,
                name,
                why: format!("{why:?}"),
            },
        }
    }
}

impl Row {
    fn into_row(self) -> Option<SourceRow> {
        Some(match self {
            Self::User {
                id,
                username,
                full_name,
                password,
                require_password_change,
                is_admin,
                is_active,
                known_by,
                created_at,
                updated_at,
            } => SourceRow::User(SourceUser {
                id,
                username,
                full_name,
                password: password.map(PasswordHash::new),
                require_password_change,
                is_admin,
                is_active,
                known_by,
                created_at,
                updated_at,
            }),
            Self::Organization {
                id,
                slug,
                name,
                description,
                has_admin,
                created_at,
                updated_at,
            } => SourceRow::Organization(SourceOrganization {
                id,
                slug,
                name,
                description,
                has_admin,
                created_at,
                updated_at,
            }),
            Self::Membership {
                organization,
                user,
                is_admin,
                through,
                created_at,
            } => SourceRow::Membership(SourceMembership {
                organization,
                user,
                is_admin,
                through,
                created_at,
            }),
            Self::Key {
                row,
                id,
                name,
                description,
                access_key,
                digest,
                user,
                owner,
                scope,
                models,
                is_custom,
                expires_at,
                created_at,
                updated_at,
            } => SourceRow::Key(SourceKey {
                row,
                id,
                name,
                description,
                access_key,
                digest: SourceDigest(digest),
                user: user.into(),
                owner: owner.map(Reference::from),
                scope: scope.into(),
                models: models.into(),
                is_custom,
                expires_at,
                created_at,
                updated_at,
            }),
            Self::Gone { kind, row } => SourceRow::Gone(row_id(&kind, row)?),
            Self::LeftOut {
                kind,
                row,
                name,
                why,
            } => {
                let why = LeftOut::ALL
                    .into_iter()
                    .find(|one| format!("{one:?}") == why)?;
                SourceRow::LeftOut(row_id(&kind, row)?, name, why)
            }
        })
    }
}

pub(super) fn row_id(kind: &str, text: String) -> Option<RowId> {
    let kind = RowKind::parse(kind)?;
    Some(RowId { kind, text })
}

impl From<Reference> for Named {
    fn from(reference: Reference) -> Self {
        match reference {
            Reference::Row(id) => Self::Row(id),
            Reference::Name(name) => Self::Name(name),
        }
    }
}

impl From<Named> for Reference {
    fn from(named: Named) -> Self {
        match named {
            Named::Row(id) => Self::Row(id),
            Named::Name(name) => Self::Name(name),
        }
    }
}

impl From<Listed> for List {
    fn from(listed: Listed) -> Self {
        match listed {
            Listed::Null => Self::Null,
            Listed::Malformed => Self::Malformed,
            Listed::Texts(texts) => Self::Texts(texts),
        }
    }
}

impl From<List> for Listed {
    fn from(list: List) -> Self {
        match list {
            List::Null => Self::Null,
            List::Malformed => Self::Malformed,
            List::Texts(texts) => Self::Texts(texts),
        }
    }
}
