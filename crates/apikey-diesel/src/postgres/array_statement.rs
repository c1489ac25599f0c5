//! Statements over rows that arrays make. Their text is the same for any number of rows,
//! so each is prepared once.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Bool, Nullable, Text},
};
use std::marker::PhantomData;

/// A statement that returns rows of the SQL types `T`.
pub(super) struct ArrayStatement<'a, T> {
    begin: &'a str,
    columns: Vec<Column<'a>>,
    end: &'a str,
    returned: PhantomData<fn() -> T>,
}

/// The values of a column, one for each row.
pub(super) enum Column<'a> {
    Numbers(Vec<Option<i64>>),
    Texts(Vec<Option<&'a str>>),
    Flags(Vec<bool>),
}

// === impl ArrayStatement ===

impl<'a, T> ArrayStatement<'a, T> {
    /// Returns the statement of which the arrays, with commas between them, are the middle.
    pub(super) fn new(begin: &'a str, columns: Vec<Column<'a>>, end: &'a str) -> Self {
        Self {
            begin,
            columns,
            end,
            returned: PhantomData,
        }
    }
}

impl<T> Query for ArrayStatement<'_, T> {
    type SqlType = T;
}

/// The text is the key of the prepared statement.
impl<T> QueryId for ArrayStatement<'_, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> QueryFragment<Pg> for ArrayStatement<'_, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.begin);
        for (index, column) in self.columns.iter().enumerate() {
            if index > 0 {
                out.push_sql(", ");
            }
            match column {
                Column::Numbers(values) => {
                    out.push_bind_param::<Array<Nullable<BigInt>>, _>(values)?;
                }
                Column::Texts(values) => {
                    out.push_bind_param::<Array<Nullable<Text>>, _>(values)?;
                }
                Column::Flags(values) => out.push_bind_param::<Array<Bool>, _>(values)?,
            }
        }
        out.push_sql(self.end);
        Ok(())
    }
}

// === impl Column ===

impl<'a> Column<'a> {
    /// Returns a number of each row.
    pub(super) fn numbers<R>(rows: &'a [R], number: impl Fn(&'a R) -> i64) -> Self {
        Self::numbers_if_any(rows, |row| Some(number(row)))
    }

    /// Returns a number of each row that has one.
    pub(super) fn numbers_if_any<R>(rows: &'a [R], number: impl Fn(&'a R) -> Option<i64>) -> Self {
        Self::Numbers(rows.iter().map(number).collect())
    }

    /// Returns a text of each row.
    pub(super) fn texts<R>(rows: &'a [R], text: impl Fn(&'a R) -> &'a str) -> Self {
        Self::texts_if_any(rows, |row| Some(text(row)))
    }

    /// Returns a text of each row that has one.
    pub(super) fn texts_if_any<R>(rows: &'a [R], text: impl Fn(&'a R) -> Option<&'a str>) -> Self {
        Self::Texts(rows.iter().map(text).collect())
    }

    /// Returns a flag of each row.
    pub(super) fn flags<R>(rows: &'a [R], flag: impl Fn(&'a R) -> bool) -> Self {
        Self::Flags(rows.iter().map(flag).collect())
    }
}
