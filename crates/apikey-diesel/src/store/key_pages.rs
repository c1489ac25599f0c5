//! Finds which keys a page of a list has.
//!
//! The keys of one user in one principal have an index for each order, so a page costs
//! what it shows and what it skips, and those entries of the index are all that is read.
//! Nothing is joined here: what a page shows of its keys is read by their ids.

mod by_use;
mod place;

use super::{backend::Backend, connection::Connection};
use crate::{
    failure::from_diesel,
    schema::{api_key_uses, api_keys, users},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    key::api_key::ApiKey,
    listing::{Direction, Order, SortField},
};
use diesel::{
    BoolExpressionMethods, BoxableExpression, EscapeExpressionMethods, ExpressionMethods, QueryDsl,
    TextExpressionMethods,
    dsl::count_star,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;

/// The tables that every list of keys reads. The second one costs nothing where it is not
/// named: both databases leave it out.
pub(super) type Source = diesel::dsl::LeftJoinQuerySource<api_keys::table, api_key_uses::table>;

/// A condition on them.
type Condition = Box<dyn BoxableExpression<Source, Backend, SqlType = Bool>>;

/// Where a page begins.
#[derive(Clone, Copy)]
pub(super) enum Start<'a> {
    /// After so many keys.
    Offset(i64),
    /// After this key.
    After(&'a ApiKey),
}

/// The instant of keys that were never used, before all others. The index on the uses of
/// a tenant has the same expression.
fn last_use() -> diesel::expression::SqlLiteral<BigInt> {
    diesel::dsl::sql("COALESCE(api_key_uses.last_used_at, -9223372036854775807)")
}

/// Selects from the keys that a filter admits: the policy as part of the query.
macro_rules! admitted {
    ($source:expr, $filter:expr, $columns:expr) => {{
        // Few, by an index that has only these.
        let robots = diesel::alias!(users as robots);
        let system = robots
            .filter(robots.field(users::is_system))
            .select(robots.field(users::id));
        let mut query = $source
            .filter(api_keys::user_id.ne_all(system))
            .select($columns)
            .into_boxed();
        if let Some(id) = $filter.user_id {
            query = query.filter(api_keys::user_id.eq(id.0));
        }
        if let Some(id) = $filter.owner_principal_id {
            query = query.filter(api_keys::owner_principal_id.eq(id.0));
        }
        if $filter.search.is_some() {
            query = query.filter(found!(api_keys::name_folded, $filter.search.as_ref()));
        }
        query
    }};
}
pub(super) use admitted;

/// Sorts a query by one column.
macro_rules! directed {
    ($query:expr, $column:expr, $direction:expr) => {
        match $direction {
            Direction::Ascending => $query.then_order_by($column.asc()),
            Direction::Descending => $query.then_order_by($column.desc()),
        }
    };
}
use directed;

/// Returns the ids of at most `limit` keys that `filter` admits, in `order`.
pub(super) async fn ids(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    start: Start<'_>,
    limit: u32,
) -> Result<Vec<i64>, PortError> {
    if let ([(SortField::LastUsedAt, _)], None) = (order.fields(), &filter.search) {
        return by_use::ids(connection, filter, order, start, limit).await;
    }
    let source = api_keys::table.left_join(api_key_uses::table);
    let mut query = admitted!(source, filter, api_keys::id);
    match start {
        Start::Offset(offset) => query = query.offset(offset),
        Start::After(previous) => {
            for condition in place::after(order, previous) {
                query = query.filter(condition);
            }
        }
    }
    for (field, direction) in order.fields() {
        query = match field {
            SortField::Name => directed!(query, api_keys::name, direction),
            SortField::ExpiresAt => directed!(query, api_keys::expires_at, direction),
            SortField::CreatedAt => directed!(query, api_keys::created_at, direction),
            SortField::UpdatedAt => directed!(query, api_keys::updated_at, direction),
            SortField::LastUsedAt => directed!(query, last_use(), direction),
        };
    }
    directed!(query, api_keys::id, order.id_direction())
        .limit(i64::from(limit))
        .load(connection)
        .await
        .map_err(from_diesel)
}

/// Counts the keys that `filter` admits, one by one.
pub(super) async fn count(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
) -> Result<i64, PortError> {
    admitted!(api_keys::table, filter, count_star())
        .get_result(connection)
        .await
        .map_err(from_diesel)
}
