//! Finds which keys a page of a list has.
//!
//! The keys of one user in one principal have an index for each order, so a page costs
//! what it shows and what it skips, and those entries of the index are all that is read.
//! Nothing is joined here: what a page shows of its keys is read by their ids.

mod after;
mod among;
mod by_name;
mod by_use;
mod halves;
mod narrowing;
mod source;

use super::{connection::Connection, key_conditions, search};
use crate::{
    failure::from_diesel,
    rows::PlaceRow,
    schema::{api_key_uses, api_keys, key_users},
};
pub(super) use among::rows as among;
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    listing::{Direction, Order, SortField},
};
pub(super) use by_name::place as place_by_name;
use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, QueryDsl,
    TextExpressionMethods, dsl::count_star,
};
use diesel_async::RunQueryDsl;
use halves::merged;
pub(super) use narrowing::narrowed;
pub(super) use source::{ConditionOn, Start, is_listed, pair_after};
use source::{directed, last_use, place_columns};

/// Selects from the keys that a filter admits: the policy as part of the query. Of a search,
/// or with conditions, only those are compared that `among` names, if anything.
macro_rules! admitted {
    ($source:expr, $filter:expr, $among:expr, $columns:expr) => {{
        let mut query = $source.select($columns).into_boxed();
        query = match $filter.user_id() {
            Some(id) => query
                .filter(api_keys::user_id.eq(id.0))
                .filter(is_listed(id)),
            None => {
                // Few, by an index that has only these.
                let robots = diesel::alias!(key_users as robots);
                let system = robots
                    .filter(robots.field(key_users::is_system))
                    .select(robots.field(key_users::id));
                query.filter(api_keys::user_id.ne_all(system))
            }
        };
        if let Some(id) = $filter.owner_principal_id() {
            query = query.filter(api_keys::owner_principal_id.eq(id.0));
        }
        let mut query = narrowed!(query, $filter);
        if let Some(ids) = $among {
            query = query.filter(api_keys::id.eq_any(ids));
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
    let rows = rows(connection, filter, order, start, limit).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Returns the places of at most `limit` keys that `filter` admits, in `order`.
pub(super) async fn rows(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    start: Start<'_>,
    limit: u32,
) -> Result<Vec<PlaceRow>, PortError> {
    if order.only_field() == Some(SortField::LastUsedAt) && !filter.is_narrowed() {
        return by_use::rows(connection, filter, order, start, limit).await;
    }
    let source = api_keys::table.left_join(api_key_uses::table);
    let (name, expires_at, created_at, updated_at, last_used_at) = place_columns(order);
    let columns = (
        api_keys::id,
        name,
        expires_at,
        created_at,
        updated_at,
        last_used_at,
    );
    let listed = || admitted!(source, filter, None::<&[i64]>, columns.clone());
    let mut query = listed();
    if let Some(place) = start.after {
        let halves = match filter.is_narrowed() {
            false => after::halves(order, place),
            true => None,
        };
        if let Some((field, [same, beyond])) = halves {
            let both = [query.filter(same), listed().filter(beyond)];
            let direction = order.id_direction();
            return merged!(both, field, direction, start, limit, connection);
        }
        for condition in after::conditions(order, place) {
            query = query.filter(condition);
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
        .offset(start.skipped)
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
    admitted!(api_keys::table, filter, None::<&[i64]>, count_star())
        .get_result(connection)
        .await
        .map_err(from_diesel)
}
