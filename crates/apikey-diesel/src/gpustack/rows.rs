//! What the rows of a GPUStack say.

use super::{cut::Cut, ids::ids, memberships::Resolved};
use apikey_domain::{
    error::PortError,
    identity::password::PasswordHash,
    import::{
        draft::digest_of_both,
        source::{
            LeftOut, Listed, Reference, RowId, RowKind, SourceKey, SourceOrganization, SourceRow,
            SourceUser,
        },
    },
};
use serde_json::Value;
use tokio_postgres::{Error, Row, types::FromSql};

/// Rows that were read together.
#[derive(Default)]
pub(super) struct Page {
    /// The place of the last one that was looked at, if any.
    pub(super) last: Option<i64>,
    pub(super) rows: Vec<SourceRow>,
}

// === impl Page ===

impl Page {
    /// Reads each row by its id; one that cannot be read, such as a text that is no UTF-8,
    /// is left out, and the others are read.
    fn of(
        rows: &[Row],
        kind: RowKind,
        read: impl Fn(&Row, i64) -> Result<SourceRow, Error>,
    ) -> Result<Self, PortError> {
        let ids = ids(rows)?;
        let read = rows.iter().zip(&ids).map(|(row, id)| {
            let unreadable = |_| {
                let row = RowId::numbered(kind, *id);
                SourceRow::LeftOut(row, String::new(), LeftOut::Unreadable)
            };
            read(row, *id).unwrap_or_else(unreadable)
        });
        Ok(Self {
            rows: read.collect(),
            last: ids.last().copied(),
        })
    }
}

/// Returns a column that may be absent.
fn get<'r, T: FromSql<'r>>(row: &'r Row, column: &str) -> Result<T, Error> {
    row.try_get(column)
}

/// Returns a text of which the beginning was read.
fn cut(row: &Row, column: &str) -> Result<Option<String>, Error> {
    let text: Option<Cut> = get(row, column)?;
    Ok(text.map(|text| text.0))
}

pub(super) fn users(rows: &[Row]) -> Result<Page, PortError> {
    Page::of(rows, RowKind::User, |row, id| {
        let name: Option<String> = cut(row, "name")?;
        if get(row, "is_deleted")? {
            return Ok(left_out(RowKind::User, id, name, LeftOut::Deleted));
        }
        let password: Option<String> = get(row, "password")?;
        let source: Option<String> = get(row, "source")?;
        Ok(SourceRow::User(SourceUser {
            id,
            username: name,
            full_name: cut(row, "full_name")?,
            password: password
                .filter(|text| !text.is_empty())
                .map(PasswordHash::new),
            require_password_change: get(row, "must_change")?,
            is_admin: get(row, "is_admin")?,
            is_active: get(row, "is_active")?,
            known_by: source.filter(|source| !source.eq_ignore_ascii_case("local")),
            created_at: get(row, "created_at")?,
            updated_at: get(row, "updated_at")?,
        }))
    })
}

pub(super) fn organizations(rows: &[Row], groups: &Resolved) -> Result<Page, PortError> {
    Page::of(rows, RowKind::Organization, |row, id| {
        let slug: Option<String> = cut(row, "slug")?;
        if get(row, "is_deleted")? {
            return Ok(left_out(RowKind::Organization, id, slug, LeftOut::Deleted));
        }
        let is_owned: bool = get(row, "is_owned")?;
        Ok(SourceRow::Organization(SourceOrganization {
            id,
            slug,
            name: cut(row, "name")?,
            description: cut(row, "description")?,
            has_admin: is_owned || groups.administer(id),
            created_at: get(row, "created_at")?,
            updated_at: get(row, "updated_at")?,
        }))
    })
}

/// Reads principals that are neither users nor organizations.
pub(super) fn others(rows: &[Row]) -> Result<Page, PortError> {
    Page::of(rows, RowKind::User, |row, id| {
        let kind: Option<String> = get(row, "kind")?;
        let why = match kind.as_deref() {
            Some("GROUP") => LeftOut::Group,
            _ => LeftOut::System,
        };
        Ok(left_out(RowKind::User, id, cut(row, "name")?, why))
    })
}

/// Reads memberships whose members are neither users nor groups.
pub(super) fn other_memberships(rows: &[Row]) -> Result<Page, PortError> {
    Page::of(rows, RowKind::Membership, |row, _| {
        let row_id = RowId::membership(get(row, "parent")?, get(row, "member")?);
        let kind: Option<String> = get(row, "kind")?;
        let why = match kind {
            Some(_) => LeftOut::OfSystem,
            None => LeftOut::Dangling,
        };
        let name = row_id.text.clone();
        Ok(SourceRow::LeftOut(row_id, name, why))
    })
}

pub(super) fn keys(rows: &[Row]) -> Result<Page, PortError> {
    Page::of(rows, RowKind::Key, |row, id| {
        let name: Option<String> = cut(row, "name")?;
        if get(row, "is_deleted")? {
            return Ok(left_out(RowKind::Key, id, name, LeftOut::Deleted));
        }
        if !get::<bool>(row, "has_user")? {
            return Ok(left_out(RowKind::Key, id, name, LeftOut::OfSystem));
        }
        let (fast, slow): (Option<String>, Option<String>) = (get(row, "fast")?, get(row, "slow")?);
        let owner: Option<i64> = get(row, "owner")?;
        Ok(SourceRow::Key(SourceKey {
            row: id.to_string(),
            id: Some(id),
            name,
            description: cut(row, "description")?,
            access_key: get::<Option<String>>(row, "access_key")?.unwrap_or_default(),
            digest: digest_of_both(fast.as_deref(), slow.as_deref()),
            user: Reference::Row(get(row, "user_id")?),
            owner: owner.map(Reference::Row),
            scope: listed(get(row, "scope")?),
            models: listed(get(row, "models")?),
            is_custom: get(row, "is_custom")?,
            expires_at: get(row, "expires_at")?,
            created_at: get(row, "created_at")?,
            updated_at: get(row, "updated_at")?,
        }))
    })
}

fn left_out(kind: RowKind, id: i64, name: Option<String>, why: LeftOut) -> SourceRow {
    SourceRow::LeftOut(RowId::numbered(kind, id), name.unwrap_or_default(), why)
}

/// Reads a list from its JSON, which may be the text `null`.
fn listed(json: Option<String>) -> Listed {
    let Some(json) = json else {
        return Listed::Null;
    };
    match serde_json::from_str(&json) {
        Ok(Value::Null) => Listed::Null,
        Ok(Value::Array(values)) => {
            let texts = values.into_iter().map(|value| match value {
                Value::String(text) => Some(text),
                _ => None,
            });
            let texts: Option<Vec<String>> = texts.collect();
            texts.map_or(Listed::Malformed, Listed::Texts)
        }
        _ => Listed::Malformed,
    }
}
