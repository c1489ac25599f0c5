//! Pages in the order of the last use, from the table of uses alone.

use super::{
    super::{backend, connection::Connection},
    halves::{self, merged},
    source::{
        LAST_USE, Start, directed, halves_after, is_listed, last_use, pair_after, place_columns,
    },
};
use crate::{
    failure::from_diesel,
    rows::{PlaceRow, sort_column},
    schema::{api_key_uses, key_users},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    listing::{Direction, Order, SortField},
};
use diesel::{ExpressionMethods, NullableExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;

pub(super) async fn rows(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    start: Start<'_>,
    limit: u32,
) -> Result<Vec<PlaceRow>, PortError> {
    let (name, expires_at, created_at, updated_at, last_used_at) = place_columns(order);
    let columns = (
        api_key_uses::api_key_id,
        name,
        expires_at,
        created_at,
        updated_at,
        last_used_at,
    );
    let listed = || {
        let mut query = api_key_uses::table.select(columns.clone()).into_boxed();
        query = match filter.user_id() {
            Some(id) => query
                .filter(api_key_uses::user_id.eq(id.0))
                .filter(is_listed(id)),
            None => {
                let system = key_users::table.filter(key_users::is_system);
                query.filter(api_key_uses::user_id.ne_all(system.select(key_users::id.nullable())))
            }
        };
        match filter.owner_principal_id() {
            Some(id) => query.filter(api_key_uses::owner_principal_id.eq(id.0)),
            None => query,
        }
    };
    let (mut query, direction) = (listed(), order.id_direction());
    if let Some(place) = start.after
        && let [value] = place.values.as_slice()
    {
        let columns = [LAST_USE, "api_key_uses.api_key_id"];
        let (value, id) = (sort_column(value), place.id.0);
        if !backend::SEEKS_PAIRS {
            let [same, beyond] = halves_after(columns, direction, value, id);
            let both = [query.filter(same), listed().filter(beyond)];
            return merged!(
                both,
                SortField::LastUsedAt,
                direction,
                start,
                limit,
                connection
            );
        }
        query = query.filter(pair_after(columns, direction, value, id));
    }
    let sorted = directed!(query, last_use(), direction);
    directed!(sorted, api_key_uses::api_key_id, direction)
        .offset(start.skipped)
        .limit(i64::from(limit))
        .load(connection)
        .await
        .map_err(from_diesel)
}
