//! Pages in the order of the last use, from the table of uses alone.

use super::{
    super::connection::Connection,
    place::compares,
    source::{Start, directed, last_use},
};
use crate::{
    failure::from_diesel,
    rows::last_use_column,
    schema::{api_key_uses, key_users},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    listing::{Direction, Order},
};
use diesel::{
    ExpressionMethods, NullableExpressionMethods, QueryDsl,
    dsl::sql,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;

pub(super) async fn ids(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    start: Start<'_>,
    limit: u32,
) -> Result<Vec<i64>, PortError> {
    let system = key_users::table
        .filter(key_users::is_system)
        .select(key_users::id.nullable());
    let mut query = api_key_uses::table
        .filter(api_key_uses::user_id.ne_all(system))
        .select(api_key_uses::api_key_id)
        .into_boxed();
    if let Some(id) = filter.user_id {
        query = query.filter(api_key_uses::user_id.eq(id.0));
    }
    if let Some(id) = filter.owner_principal_id {
        query = query.filter(api_key_uses::owner_principal_id.eq(id.0));
    }
    let direction = order.id_direction();
    match start {
        Start::Offset(offset) => query = query.offset(offset),
        Start::After(previous) => {
            let last_use = last_use_column(previous.last_used_at);
            let row = "(COALESCE(api_key_uses.last_used_at, -9223372036854775807), \
                       api_key_uses.api_key_id)";
            query = query.filter(
                sql::<Bool>(row)
                    .sql(compares(direction))
                    .bind::<BigInt, _>(last_use)
                    .sql(", ")
                    .bind::<BigInt, _>(previous.id.0)
                    .sql(")"),
            );
        }
    }
    let sorted = directed!(query, last_use(), direction);
    directed!(sorted, api_key_uses::api_key_id, direction)
        .limit(i64::from(limit))
        .load(connection)
        .await
        .map_err(from_diesel)
}
