//! Lists keys.

use super::{
    backend::Backend,
    connection::Connection,
    pieces::{self, Cut},
};
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, ApiKeyRow, ApiKeySizeRow},
    schema::{api_key_uses, api_keys, coalesce, event_head, users},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identifier::ApiKeyId,
    key::api_key::ApiKey,
    listing::{Direction, Order, Page, Piece, SortField, Window},
    port::api_key_repository::KeySnapshot,
    timestamp::Timestamp,
};
use diesel::{
    BoolExpressionMethods, BoxableExpression, EscapeExpressionMethods, ExpressionMethods,
    NullableExpressionMethods, QueryDsl, TextExpressionMethods,
    dsl::{Eq, Gt, GtEq, Lt, LtEq},
    expression::AsExpression,
    sql_types::{Bool, SqlType},
};
use diesel_async::RunQueryDsl;

/// The instant that represents "never used" when lists are sorted.
const NEVER_USED: i64 = i64::MIN;

/// The tables that every list of keys reads.
type Source = diesel::dsl::LeftJoinQuerySource<
    diesel::dsl::InnerJoinQuerySource<api_keys::table, users::table>,
    api_key_uses::table,
>;

/// A condition on them.
type Condition = Box<dyn BoxableExpression<Source, Backend, SqlType = Bool>>;

/// Selects from the keys that a filter admits: the policy as part of the query.
macro_rules! admitted {
    ($filter:expr, $columns:expr) => {{
        let mut query = api_keys::table
            .inner_join(users::table)
            .left_join(api_key_uses::table)
            .filter(users::is_system.eq(false))
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

/// Sorts a query by the fields of an order.
macro_rules! ordered {
    ($query:expr, $order:expr) => {{
        let mut query = $query;
        for (field, direction) in $order.fields() {
            query = match field {
                SortField::Name => directed!(query, api_keys::name, direction),
                SortField::ExpiresAt => directed!(query, api_keys::expires_at, direction),
                SortField::CreatedAt => directed!(query, api_keys::created_at, direction),
                SortField::UpdatedAt => directed!(query, api_keys::updated_at, direction),
                SortField::LastUsedAt => directed!(query, last_used_at(), direction),
            };
        }
        directed!(query, api_keys::id, $order.id_direction())
    }};
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

pub(super) async fn list(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
) -> Result<Page<ApiKey>, PortError> {
    let (shown, Piece { items, rest }) = match pieces::characters_at_once(window.limit) {
        Some(most) => window_at_once(connection, filter, order, window, most).await?,
        None => {
            let sizes = ordered!(admitted!(filter, columns::api_key_size()), order);
            let sizes: Vec<ApiKeySizeRow> = sizes
                .offset(window.offset)
                .limit(i64::from(window.limit))
                .load(connection)
                .await
                .map_err(from_diesel)?;
            (sizes.len(), read(connection, pieces::cut(sizes)).await?)
        }
    };
    let total = match window.known_total(shown) {
        Some(total) => total,
        None => {
            let counted = count(connection, filter).await?;
            // A key may have been deleted between the two statements.
            counted.max(window.shown_through(shown))
        }
    };
    Ok(Page { items, rest, total })
}

/// Reads the window with the sizes of its rows, in one statement if none has long texts.
/// Returns how many keys the window has, and the first piece.
async fn window_at_once(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
    most: i32,
) -> Result<(usize, Piece<ApiKey>), PortError> {
    let selected = (columns::api_key_size(), columns::api_key_start(most));
    let rows: Vec<(ApiKeySizeRow, ApiKeyRow)> = ordered!(admitted!(filter, selected), order)
        .offset(window.offset)
        .limit(i64::from(window.limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let shown = rows.len();
    let (sizes, starts): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let are_whole = sizes.iter().all(|size: &ApiKeySizeRow| size.fits(most));
    let cut = pieces::cut(sizes);
    if are_whole && cut.rest.is_empty() {
        let (items, rest) = (rows::all(starts)?, Vec::new());
        return Ok((shown, Piece { items, rest }));
    }
    drop(starts);
    Ok((shown, read(connection, cut).await?))
}

/// Reads the keys with these ids, as many as fit a piece.
pub(super) async fn some(
    connection: &mut Connection,
    ids: &[i64],
) -> Result<Piece<ApiKey>, PortError> {
    let (candidates, later) = pieces::candidates(ids);
    let sizes: Vec<ApiKeySizeRow> = api_keys::table
        .inner_join(users::table)
        .filter(api_keys::id.eq_any(candidates))
        .select(columns::api_key_size())
        .load(connection)
        .await
        .map_err(from_diesel)?;
    read(connection, pieces::cut_as(sizes, candidates, later)).await
}

/// Reads the keys of a piece. One that was deleted meanwhile is left out.
async fn read(connection: &mut Connection, cut: Cut) -> Result<Piece<ApiKey>, PortError> {
    let rest = cut.rest.into_iter().map(ApiKeyId).collect();
    if cut.now.is_empty() {
        let items = Vec::new();
        return Ok(Piece { items, rest });
    }
    let rows: Vec<ApiKeyRow> = api_keys::table
        .inner_join(users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq_any(&cut.now))
        .select(columns::api_key())
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let items = pieces::sorted_as(rows::all(rows)?, &cut.now, |id: ApiKeyId| id.0);
    Ok(Piece { items, rest })
}

async fn count(connection: &mut Connection, filter: &ApiKeyFilter) -> Result<u64, PortError> {
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
) -> Result<Piece<ApiKey>, PortError> {
    let mut query = admitted!(filter, columns::api_key_size());
    if let Some(previous) = previous {
        query = query.filter(after(order, previous));
        // Implied by the condition above; lets a scan of an index on the first field
        // start there.
        if let Some((field, direction)) = order.fields().iter().next() {
            query = query.filter(compared(*field, *direction, previous).not_before);
        }
    }
    let sizes: Vec<ApiKeySizeRow> = ordered!(query, order)
        .limit(i64::from(limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    read(connection, pieces::cut(sizes)).await
}

pub(super) async fn snapshot_after(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    after: ApiKeyId,
    limit: u32,
) -> Result<KeySnapshot, PortError> {
    let sizes: Vec<ApiKeySizeRow> = admitted!(filter, columns::api_key_size())
        .filter(api_keys::id.gt(after.0))
        .order_by(api_keys::id.asc())
        .limit(i64::from(limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let Cut { now, rest } = pieces::cut(sizes);
    // One more than was there, to see whether a key has come since.
    let limit = if rest.is_empty() {
        (limit as usize).min(now.len() + 1)
    } else {
        now.len()
    };
    // For an empty result, which has no row to carry a snapshot.
    let earlier: String = event_head::table
        .select(event_head::snapshot)
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    // One statement sees one state of the database, and returns which.
    let current = event_head::table
        .select(event_head::snapshot)
        .single_value();
    let rows: Vec<(ApiKeyRow, Option<String>)> = admitted!(filter, (columns::api_key(), current))
        .filter(api_keys::id.gt(after.0))
        .order_by(api_keys::id.asc())
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let has_more = rows.len() == limit;
    let snapshot = rows.iter().find_map(|(_, snapshot)| snapshot.clone());
    let snapshot = rows::snapshot(&snapshot.unwrap_or(earlier))?;
    let keys = rows::all(rows.into_iter().map(|(row, _)| row).collect())?;
    Ok(KeySnapshot {
        snapshot,
        keys,
        has_more,
    })
}

/// Returns the condition for keys after `previous` in `order`: after it in the first
/// field, or equal there and after it in the rest.
fn after(order: &Order, previous: &ApiKey) -> Condition {
    let id = previous.id.0;
    let mut condition = comparison(api_keys::id, order.id_direction(), id).after;
    for (field, direction) in order.fields().iter().rev() {
        let first = compared(*field, *direction, previous);
        condition = Box::new(first.after.or(first.equal.and(condition)));
    }
    condition
}

/// The conditions that compare a column with a value, in a direction.
struct Comparison {
    after: Condition,
    equal: Condition,
    not_before: Condition,
}

/// Compares a field with that of `previous`.
fn compared(field: SortField, direction: Direction, previous: &ApiKey) -> Comparison {
    match field {
        SortField::Name => {
            let name = previous.name.as_str().to_owned();
            comparison(api_keys::name, direction, name)
        }
        SortField::ExpiresAt => {
            let expires_at = rows::expiry_column(previous.expires_at);
            comparison(api_keys::expires_at, direction, expires_at)
        }
        SortField::CreatedAt => {
            let created_at = previous.created_at.microseconds();
            comparison(api_keys::created_at, direction, created_at)
        }
        SortField::LastUsedAt => {
            let last_use = previous
                .last_used_at
                .map_or(NEVER_USED, Timestamp::microseconds);
            comparison(last_used_at(), direction, last_use)
        }
        SortField::UpdatedAt => {
            let updated_at = previous.updated_at.microseconds();
            comparison(api_keys::updated_at, direction, updated_at)
        }
    }
}

/// Returns the last use, with an instant before all others for "never".
#[diesel::dsl::auto_type(no_type_alias)]
fn last_used_at() -> _ {
    let never: i64 = NEVER_USED;
    coalesce(api_key_uses::last_used_at.nullable(), never)
}

fn comparison<C, V>(column: C, direction: Direction, value: V) -> Comparison
where
    C: ExpressionMethods + Copy,
    V: AsExpression<C::SqlType> + Clone,
    C::SqlType: SqlType,
    Gt<C, V>: BoxableExpression<Source, Backend, SqlType = Bool> + 'static,
    Lt<C, V>: BoxableExpression<Source, Backend, SqlType = Bool> + 'static,
    Eq<C, V>: BoxableExpression<Source, Backend, SqlType = Bool> + 'static,
    GtEq<C, V>: BoxableExpression<Source, Backend, SqlType = Bool> + 'static,
    LtEq<C, V>: BoxableExpression<Source, Backend, SqlType = Bool> + 'static,
{
    let equal = Box::new(column.eq(value.clone()));
    let (after, not_before): (Condition, Condition) = match direction {
        Direction::Ascending => (
            Box::new(column.gt(value.clone())),
            Box::new(column.ge(value)),
        ),
        Direction::Descending => (
            Box::new(column.lt(value.clone())),
            Box::new(column.le(value)),
        ),
    };
    Comparison {
        after,
        equal,
        not_before,
    }
}
