//! Those of some keys that a filter admits, sorted by the rule itself.
//!
//! They are few, and found by their ids. SQLite would rather walk through an index in the
//! order of a list, past all keys of its owner, so it is given none to walk through.

use super::{
    super::{connection::Connection, key_conditions},
    narrowing::narrowed,
    source::{ConditionOn, Source, is_listed, place_columns},
};
use crate::{
    failure::from_diesel,
    rows::PlaceRow,
    schema::{api_key_uses, api_keys, key_users},
};
use apikey_domain::{
    access::policy::ApiKeyFilter, error::PortError, key::place::Place, listing::Order,
};
use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, QueryDsl,
    TextExpressionMethods,
    dsl::sql,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;

/// Returns the places of those of these keys that `filter` admits and that come after a
/// place, in `order`.
pub(crate) async fn rows(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    ids: &[i64],
    order: &Order,
    after: Option<&Place>,
) -> Result<Vec<PlaceRow>, PortError> {
    let (name, expires_at, created_at, updated_at, last_used_at) = place_columns(order);
    let mut query = api_keys::table
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq_any(ids))
        .select((
            api_keys::id,
            name,
            expires_at,
            created_at,
            updated_at,
            last_used_at,
        ))
        .into_boxed();
    query = match filter.user_id() {
        Some(id) => query
            .filter(unindexed("+api_keys.user_id = ", id.0))
            .filter(is_listed(id)),
        None => {
            let system = key_users::table.filter(key_users::is_system);
            query.filter(api_keys::user_id.ne_all(system.select(key_users::id)))
        }
    };
    if let Some(id) = filter.owner_principal_id() {
        query = query.filter(unindexed("+api_keys.owner_principal_id = ", id.0));
    }
    let query = narrowed!(query, filter);
    let rows: Vec<PlaceRow> = query.load(connection).await.map_err(from_diesel)?;
    let mut placed = Vec::with_capacity(rows.len());
    for row in rows {
        let place = row.place(order)?;
        if after.is_none_or(|after| place.compare(after, order).is_gt()) {
            placed.push((place, row));
        }
    }
    placed.sort_unstable_by(|(one, _), (other, _)| one.compare(other, order));
    Ok(placed.into_iter().map(|(_, row)| row).collect())
}

/// Returns a condition for which no index is looked for.
fn unindexed(begin: &str, id: i64) -> ConditionOn<Source> {
    Box::new(sql::<Bool>(begin).bind::<BigInt, _>(id))
}
