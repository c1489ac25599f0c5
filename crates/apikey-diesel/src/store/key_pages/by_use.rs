//! Pages in the order of the last use, from the table of uses alone.

use super::{
    super::connection::Connection,
    source::{LAST_USE, Start, directed, last_use, pair_after, place_columns},
};
use crate::{
    failure::from_diesel,
    rows::{PlaceRow, sort_column},
    schema::{api_key_uses, users},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    listing::{Direction, Order},
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
    let system = users::table
        .filter(users::is_system)
        .select(users::id.nullable());
    let (name, expires_at, created_at, updated_at, last_used_at) = place_columns(order);
    let mut query = api_key_uses::table
        .filter(api_key_uses::user_id.ne_all(system))
        .select((
            api_key_uses::api_key_id,
            name,
            expires_at,
            created_at,
            updated_at,
            last_used_at,
        ))
        .into_boxed();
    if let Some(id) = filter.user_id {
        query = query.filter(api_key_uses::user_id.eq(id.0));
    }
    if let Some(id) = filter.owner_principal_id {
        query = query.filter(api_key_uses::owner_principal_id.eq(id.0));
    }
    let direction = order.id_direction();
    if let Some(place) = start.after
        && let [value] = place.values.as_slice()
    {
        let columns = [LAST_USE, "api_key_uses.api_key_id"];
        let is_after = pair_after(columns, direction, sort_column(value), place.id.0);
        query = query.filter(is_after);
    }
    let sorted = directed!(query, last_use(), direction);
    directed!(sorted, api_key_uses::api_key_id, direction)
        .offset(start.skipped)
        .limit(i64::from(limit))
        .load(connection)
        .await
        .map_err(from_diesel)
}
