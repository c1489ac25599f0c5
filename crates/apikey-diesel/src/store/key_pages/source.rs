//! What the queries for pages of keys have in common.

use super::super::backend::Backend;
use crate::schema::{api_key_uses, api_keys};
use apikey_domain::key::api_key::ApiKey;
use diesel::{
    BoxableExpression,
    sql_types::{BigInt, Bool},
};

/// The tables that every list of keys reads. The second one costs nothing where it is not
/// named: both databases leave it out.
pub(super) type Source = diesel::dsl::LeftJoinQuerySource<api_keys::table, api_key_uses::table>;

/// A condition on them.
pub(super) type Condition = Box<dyn BoxableExpression<Source, Backend, SqlType = Bool>>;

/// Where a page begins.
#[derive(Clone, Copy)]
pub(crate) enum Start<'a> {
    /// After so many keys.
    Offset(i64),
    /// After this key.
    After(&'a ApiKey),
}

/// The instant of keys that were never used, before all others. The index on the uses of
/// a tenant has the same expression.
pub(super) fn last_use() -> diesel::expression::SqlLiteral<BigInt> {
    diesel::dsl::sql("COALESCE(api_key_uses.last_used_at, -9223372036854775807)")
}

/// Sorts a query by one column.
macro_rules! directed {
    ($query:expr, $column:expr, $direction:expr) => {
        match $direction {
            Direction::Ascending => $query.then_order_by($column.asc()),
            Direction::Descending => $query.then_order_by($column.desc()),
        }
    };
}
pub(super) use directed;
