//! Places in the order of the names of one user's keys in one principal, from the index
//! that keeps them apart. Keys that are revoked may have the name of another.

use super::{
    super::connection::Connection,
    source::{Start, directed, is_listed, pair_after},
};
use crate::{failure::from_diesel, rows::sort_column, schema::api_keys};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identifier::ApiKeyId,
    key::{
        key_name::KeyName,
        place::{Place, SortValue},
    },
    listing::{Direction, Order},
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

/// Returns the place where a page starts.
pub(crate) async fn place(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    start: Start<'_>,
) -> Result<Option<Place>, PortError> {
    let mut query = api_keys::table
        .select((api_keys::name, api_keys::id))
        .into_boxed();
    if let Some(id) = filter.user_id() {
        query = query
            .filter(api_keys::user_id.eq(id.0))
            .filter(is_listed(id));
    }
    if let Some(id) = filter.owner_principal_id() {
        query = query.filter(api_keys::owner_principal_id.eq(id.0));
    }
    let direction = order.id_direction();
    if let Some(place) = start.after
        && let [value @ SortValue::Name(_)] = place.values.as_slice()
    {
        let columns = ["api_keys.name", "api_keys.id"];
        let after = pair_after(columns, direction, sort_column(value), place.id.0);
        query = query.filter(after);
    }
    let query = directed!(query, api_keys::name, direction);
    let name: Option<(String, i64)> = directed!(query, api_keys::id, direction)
        .offset(start.skipped)
        .limit(1)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    let place = name.map(|(name, id)| {
        let name = KeyName::stored(name);
        let name = name.map_err(|invalid| PortError::Corrupt(format!("api_keys: {invalid}")))?;
        Ok(Place {
            values: vec![SortValue::Name(name)],
            id: ApiKeyId(id),
        })
    });
    place.transpose()
}
