//! Finds which keys a page of a list has.
//!
//! The keys of one user in one principal have an index for each order, so a page costs
//! what it shows and what it skips, and those entries of the index are all that is read.
//! Nothing is joined here: what a page shows of its keys is read by their ids.

mod by_use;
mod place;
mod source;

use super::connection::Connection;
use crate::{
    failure::from_diesel,
    schema::{api_key_uses, api_keys, key_users},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    listing::{Direction, Order, SortField},
};
use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, QueryDsl,
    TextExpressionMethods, dsl::count_star,
};
use diesel_async::RunQueryDsl;
pub(super) use source::Start;
use source::{directed, last_use};

/// Selects from the keys that a filter admits: the policy as part of the query.
macro_rules! admitted {
    ($source:expr, $filter:expr, $columns:expr) => {{
        // Few, by an index that has only these.
        let robots = diesel::alias!(key_users as robots);
        let system = robots
            .filter(robots.field(key_users::is_system))
            .select(robots.field(key_users::id));
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
