//! What is remembered of rows that were imported.

use super::{backend, connection::Connection, import_seen::Seen};
use crate::{failure::from_diesel, rows::ImportRow, schema::imports};
use apikey_domain::{
    error::PortError,
    identifier::UserId,
    import::{
        facts::Known,
        source::{RowId, RowKind, SourceName},
        state::RowState,
    },
    timestamp::Timestamp,
};
use diesel::{ExpressionMethods, QueryDsl, QueryResult, prelude::Queryable};
use diesel_async::RunQueryDsl;
use std::collections::{BTreeMap, BTreeSet};

/// What is remembered.
#[derive(Queryable)]
struct KnownRow {
    target: i64,
    state: String,
    left_at: Option<i64>,
    is_merged: bool,
    created_at: Option<i64>,
}

const KNOWN: (
    imports::target,
    imports::state,
    imports::left_at,
    imports::is_merged,
    imports::created_at,
) = (
    imports::target,
    imports::state,
    imports::left_at,
    imports::is_merged,
    imports::created_at,
);

/// What a transaction knows of rows: what it has read of them, and what it has written.
pub(super) struct Remembered<'a> {
    source: &'a SourceName,
    known: BTreeMap<RowId, Option<Known>>,
    /// Which users of the source are which users here, though that is not remembered.
    merged: Option<&'a BTreeMap<i64, UserId>>,
    /// What is to be written of it.
    pending: BTreeMap<RowId, Known>,
    /// What else the transaction has read.
    pub(super) seen: Seen,
}

// === impl Remembered ===

impl<'a> Remembered<'a> {
    /// Begins with nothing.
    pub(super) fn of(source: &'a SourceName) -> Self {
        Self {
            source,
            known: BTreeMap::new(),
            merged: None,
            pending: BTreeMap::new(),
            seen: Seen::default(),
        }
    }

    /// Begins with nothing, but takes these users of the source for those here.
    pub(super) fn pretending(source: &'a SourceName, merged: &'a BTreeMap<i64, UserId>) -> Self {
        Self {
            merged: Some(merged),
            ..Self::of(source)
        }
    }

    /// Reads what is remembered of all these rows, by a statement for each kind.
    pub(super) async fn read(
        &mut self,
        connection: &mut Connection,
        rows: BTreeSet<RowId>,
    ) -> Result<(), PortError> {
        for kind in RowKind::ALL {
            let texts = rows.iter().filter(|row| row.kind == kind);
            let texts: Vec<&str> = texts.map(|row| row.text.as_str()).collect();
            if texts.is_empty() {
                continue;
            }
            let found: Vec<(String, KnownRow)> = imports::table
                .filter(imports::source.eq(self.source.as_str()))
                .filter(imports::kind.eq(kind.as_str()))
                .filter(imports::source_row.eq_any(texts))
                .select((imports::source_row, KNOWN))
                .load(connection)
                .await
                .map_err(from_diesel)?;
            for (text, known) in found {
                self.known.insert(RowId { kind, text }, Some(known.into()));
            }
        }
        for row in rows {
            self.known.entry(row).or_default();
        }
        Ok(())
    }

    /// Returns what is remembered of a row.
    pub(super) async fn find(
        &mut self,
        connection: &mut Connection,
        row: &RowId,
    ) -> Result<Option<Known>, PortError> {
        if !self.known.contains_key(row) {
            self.read(connection, BTreeSet::from([row.clone()])).await?;
        }
        Ok(self.known.get(row).cloned().flatten())
    }

    /// Returns what a row of the source with a number became.
    pub(super) async fn target(
        &mut self,
        connection: &mut Connection,
        kind: RowKind,
        id: i64,
    ) -> Result<Option<i64>, PortError> {
        let merged = self.merged.filter(|_| kind == RowKind::User);
        if let Some(user) = merged.and_then(|merged| merged.get(&id)) {
            return Ok(Some(user.0));
        }
        let known = self.find(connection, &RowId::numbered(kind, id)).await?;
        Ok(known.map(|known| known.target))
    }

    /// Remembers a row, in the place of what was remembered of it before.
    pub(super) fn remember(&mut self, row: &RowId, known: Known) {
        self.pending.insert(row.clone(), known.clone());
        self.known.insert(row.clone(), Some(known));
    }

    /// Writes what is to be remembered.
    pub(super) async fn write(&self, connection: &mut Connection) -> QueryResult<()> {
        let rows = self.pending.iter();
        let rows = rows.map(|(row, known)| ImportRow {
            source: self.source.as_str().to_owned(),
            kind: row.kind.as_str().to_owned(),
            source_row: row.text.clone(),
            target: known.target,
            state: known.state.as_str().to_owned(),
            left_at: known.left_at.map(Timestamp::microseconds),
            is_merged: known.is_merged,
            created_at: known.created_at,
        });
        backend::remember_imports(connection, rows.collect()).await
    }
}

/// Lists rows of a kind that have not gone.
pub(super) async fn list(
    connection: &mut Connection,
    source: &SourceName,
    kind: RowKind,
    after: &str,
    most: u32,
) -> Result<Vec<RowId>, PortError> {
    let texts: Vec<String> = imports::table
        .filter(imports::source.eq(source.as_str()))
        .filter(imports::kind.eq(kind.as_str()))
        .filter(imports::source_row.gt(after))
        .filter(imports::state.ne(RowState::gone().as_str()))
        .select(imports::source_row)
        .order_by(imports::source_row)
        .limit(i64::from(most))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let rows = texts.into_iter().map(|text| RowId { kind, text });
    Ok(rows.collect())
}

// === impl KnownRow ===

impl From<KnownRow> for Known {
    fn from(row: KnownRow) -> Self {
        Self {
            target: row.target,
            state: RowState::stored(row.state),
            left_at: row.left_at.and_then(Timestamp::from_microseconds),
            is_merged: row.is_merged,
            created_at: row.created_at,
        }
    }
}
