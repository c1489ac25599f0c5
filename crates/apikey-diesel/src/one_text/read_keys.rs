//! Reading keys.

use super::{Connection, backend::Backend};
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, ApiKeyRow},
    schema::{api_keys, change_feed, users},
};
use apikey_domain::{
    api_key::{ApiKey, StoredCredential},
    change::Position,
    identifier::ApiKeyId,
    listing::{Direction, Order, Page, SearchTerm, SortField, Window},
    policy::ApiKeyFilter,
    port::StoreError,
};
use diesel::{
    BoolExpressionMethods, BoxableExpression, EscapeExpressionMethods, ExpressionMethods,
    OptionalExtension, QueryDsl, TextExpressionMethods, sql_types::Bool,
};
use diesel_async::RunQueryDsl;

/// The tables every list of keys reads.
type Source = diesel::dsl::InnerJoinQuerySource<api_keys::table, users::table>;

/// A condition on them.
type Condition = Box<dyn BoxableExpression<Source, Backend, SqlType = Bool>>;

/// Selects from the keys a filter admits: the policy as part of the query.
macro_rules! admitted {
    ($filter:expr, $columns:expr) => {{
        let mut query = api_keys::table
            .inner_join(users::table)
            .filter(users::is_system.eq(false))
            .select($columns)
            .into_boxed();
        if let Some(id) = $filter.user_id {
            query = query.filter(api_keys::user_id.eq(id.0));
        }
        if let Some(id) = $filter.owner_principal_id {
            query = query.filter(api_keys::owner_principal_id.eq(id.0));
        }
        if let Some(term) = &$filter.search {
            query = query.filter(api_keys::name_folded.like(pattern(term)).escape('\\'));
        }
        query
    }};
}

/// Puts a query in an order.
macro_rules! ordered {
    ($query:expr, $order:expr) => {{
        let mut query = $query;
        for (field, direction) in $order.fields() {
            query = match field {
                SortField::Name => directed!(query, api_keys::name, direction),
                SortField::ExpiresAt => directed!(query, api_keys::expires_at, direction),
                SortField::CreatedAt => directed!(query, api_keys::created_at, direction),
                SortField::UpdatedAt => directed!(query, api_keys::updated_at, direction),
            };
        }
        directed!(query, api_keys::id, $order.id_direction())
    }};
}

macro_rules! directed {
    ($query:expr, $column:expr, $direction:expr) => {
        match $direction {
            Direction::Ascending => $query.then_order_by($column.asc()),
            Direction::Descending => $query.then_order_by($column.desc()),
        }
    };
}

pub(super) async fn credential(
    connection: &mut Connection,
    access_key: &str,
) -> Result<Option<StoredCredential>, StoreError> {
    // PostgreSQL has no NUL in its text, so nothing stored has one.
    if access_key.contains('\0') {
        return Ok(None);
    }
    // Not `first`: its LIMIT costs SQLite a second preparation of the statement.
    api_keys::table
        .inner_join(users::table)
        .filter(api_keys::access_key.eq(access_key))
        .select((columns::API_KEY, api_keys::secret_digest, columns::USER))
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?
        .map(rows::credential)
        .transpose()
}

pub(super) async fn list(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
) -> Result<Page<ApiKey>, StoreError> {
    let found: Vec<ApiKeyRow> = ordered!(admitted!(filter, columns::API_KEY), order)
        .offset(window.offset)
        .limit(i64::from(window.limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let items: Vec<ApiKey> = rows::all(found)?;
    let total = match window.known_total(items.len()) {
        Some(total) => total,
        None => {
            let counted = count(connection, filter).await?;
            // A key may have gone between the two statements.
            counted.max(window.shown_through(items.len()))
        }
    };
    Ok(Page { items, total })
}

async fn count(connection: &mut Connection, filter: &ApiKeyFilter) -> Result<u64, StoreError> {
    let counted: i64 = admitted!(filter, diesel::dsl::count_star())
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    Ok(u64::try_from(counted).unwrap_or_default())
}

pub(super) async fn list_after(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    previous: Option<&ApiKey>,
    limit: u32,
) -> Result<Vec<ApiKey>, StoreError> {
    let mut query = admitted!(filter, columns::API_KEY);
    if let Some(previous) = previous {
        query = query.filter(beyond(order, previous));
    }
    let found: Vec<ApiKeyRow> = ordered!(query, order)
        .limit(i64::from(limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    rows::all(found)
}

pub(super) async fn snapshot_after(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    after: ApiKeyId,
    limit: u32,
) -> Result<(Position, Vec<ApiKey>), StoreError> {
    // The position of an empty answer, which has no row to carry it.
    let earlier: i64 = change_feed::table
        .select(change_feed::position)
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    // One statement sees one state of the database, position included.
    let position = change_feed::table
        .select(change_feed::position)
        .single_value();
    let found: Vec<(ApiKeyRow, Option<i64>)> = admitted!(filter, (columns::API_KEY, position))
        .filter(api_keys::id.gt(after.0))
        .order_by(api_keys::id.asc())
        .limit(i64::from(limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let position = found.iter().find_map(|(_, position)| *position);
    let keys = rows::all(found.into_iter().map(|(row, _)| row).collect())?;
    Ok((Position(position.unwrap_or(earlier)), keys))
}

/// Whatever comes after `previous` in `order`: beyond it in the first field, or
/// equal there and beyond it in the rest.
fn beyond(order: &Order, previous: &ApiKey) -> Condition {
    let mut condition = compared(api_keys::id, order.id_direction(), previous.id.0).0;
    for (field, direction) in order.fields().iter().rev() {
        let (beyond, equal) = match field {
            SortField::Name => compared_text(
                api_keys::name,
                *direction,
                previous.name.as_str().to_owned(),
            ),
            SortField::ExpiresAt => {
                let never_last = rows::expiry_column(previous.expires_at);
                compared(api_keys::expires_at, *direction, never_last)
            }
            SortField::CreatedAt => {
                let instant = previous.created_at.microseconds();
                compared(api_keys::created_at, *direction, instant)
            }
            SortField::UpdatedAt => {
                let instant = previous.updated_at.microseconds();
                compared(api_keys::updated_at, *direction, instant)
            }
        };
        condition = Box::new(beyond.or(equal.and(condition)));
    }
    condition
}

/// A pattern that finds `term` anywhere, nothing in it a wildcard.
pub(super) fn pattern(term: &SearchTerm) -> String {
    let mut pattern = String::from("%");
    for character in term.folded().chars() {
        if matches!(character, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Two conditions on a column: beyond a value in a direction, and equal to it.
macro_rules! comparison {
    ($name:ident, $value:ty, $sql_type:ty) => {
        fn $name<C>(column: C, direction: Direction, value: $value) -> (Condition, Condition)
        where
            C: diesel::Expression<SqlType = $sql_type>
                + diesel::Column
                + diesel::SelectableExpression<Source>
                + diesel::expression::ValidGrouping<
                    (),
                    IsAggregate = diesel::expression::is_aggregate::No,
                > + diesel::query_builder::QueryFragment<Backend>
                + Copy
                + Send
                + 'static,
        {
            let beyond: Condition = match direction {
                Direction::Ascending => Box::new(column.gt(value.clone())),
                Direction::Descending => Box::new(column.lt(value.clone())),
            };
            (beyond, Box::new(column.eq(value)))
        }
    };
}
comparison!(compared, i64, diesel::sql_types::BigInt);
comparison!(compared_text, String, diesel::sql_types::Text);
