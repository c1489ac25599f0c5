//! Rows of the table of what was imported.

use crate::schema::imports;
use diesel::prelude::Insertable;

/// What is remembered of a row of a source.
#[derive(Insertable)]
#[diesel(table_name = imports)]
pub(crate) struct ImportRow {
    pub(crate) source: String,
    pub(crate) kind: String,
    pub(crate) source_row: String,
    pub(crate) target: i64,
    pub(crate) state: String,
    pub(crate) left_at: Option<i64>,
    pub(crate) is_merged: bool,
    pub(crate) created_at: Option<i64>,
}
