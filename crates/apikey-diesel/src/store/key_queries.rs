//! Lists keys.

use super::{
    connection::Connection,
    key_counts,
    key_pages::{self, Start, admitted},
    pieces::{self, Cut},
};
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, ApiKeyRow, ApiKeySizeRow},
    schema::{api_key_uses, api_keys, event_head, key_users},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    error::PortError,
    identifier::ApiKeyId,
    key::{api_key::ApiKey, creation::Creation},
    listing::{Order, Page, Piece, Window},
    port::api_key_repository::KeySnapshot,
};
use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, QueryDsl,
    TextExpressionMethods,
    dsl::sql,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;

pub(super) async fn list(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
) -> Result<Page<ApiKey>, PortError> {
    let start = Start::Offset(window.offset);
    let ids = key_pages::ids(connection, filter, order, start, window.limit).await?;
    let shown = ids.len();
    let Piece { items, rest } = match pieces::characters_at_once(window.limit) {
        Some(most) => at_once(connection, &ids, most).await?,
        None => some(connection, &ids).await?,
    };
    let total = match window.known_total(shown) {
        Some(total) => total,
        None => {
            let counted = key_counts::total(connection, filter).await?;
            // A key may have been deleted between the two statements.
            counted.max(window.shown_through(shown))
        }
    };
    Ok(Page { items, rest, total })
}

/// Reads keys with their sizes, in one statement if none has long texts.
async fn at_once(
    connection: &mut Connection,
    ids: &[i64],
    most: i32,
) -> Result<Piece<ApiKey>, PortError> {
    let selected = (columns::api_key_size(), columns::api_key_start(most));
    let rows: Vec<(ApiKeySizeRow, ApiKeyRow)> = api_keys::table
        .inner_join(key_users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq_any(ids))
        .select(selected)
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let (sizes, starts): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let are_whole = sizes.iter().all(|size: &ApiKeySizeRow| size.fits(most));
    let cut = pieces::cut_as(sizes, ids, &[]);
    if are_whole && cut.rest.is_empty() {
        let items = pieces::sorted_as(rows::all(starts)?, ids, |id: ApiKeyId| id.0);
        let rest = Vec::new();
        return Ok(Piece { items, rest });
    }
    drop(starts);
    read(connection, cut).await
}

/// Reads the keys with these ids, as many as fit a piece.
pub(super) async fn some(
    connection: &mut Connection,
    ids: &[i64],
) -> Result<Piece<ApiKey>, PortError> {
    let (candidates, later) = pieces::candidates(ids);
    let sizes: Vec<ApiKeySizeRow> = api_keys::table
        .inner_join(key_users::table)
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
        .inner_join(key_users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq_any(&cut.now))
        .select(columns::api_key())
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let items = pieces::sorted_as(rows::all(rows)?, &cut.now, |id: ApiKeyId| id.0);
    Ok(Piece { items, rest })
}

pub(super) async fn list_after(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    previous: Option<&ApiKey>,
    limit: u32,
) -> Result<Piece<ApiKey>, PortError> {
    let start = previous.map_or(Start::Offset(0), Start::After);
    let ids = key_pages::ids(connection, filter, order, start, limit).await?;
    some(connection, &ids).await
}

/// Selects from the keys that a filter admits and that were created after others, in the
/// order of their creation.
macro_rules! after {
    ($filter:expr, $after:expr, $columns:expr) => {{
        let is_after = sql::<Bool>("(api_keys.created_at, api_keys.id) > (")
            .bind::<BigInt, _>($after.at.microseconds())
            .sql(", ")
            .bind::<BigInt, _>($after.id.0)
            .sql(")");
        let source = api_keys::table
            .inner_join(key_users::table)
            .left_join(api_key_uses::table);
        admitted!(source, $filter, $columns)
            .filter(is_after)
            .order_by((api_keys::created_at.asc(), api_keys::id.asc()))
    }};
}

pub(super) async fn snapshot_after(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    after: Creation,
    limit: u32,
) -> Result<KeySnapshot, PortError> {
    let sizes: Vec<ApiKeySizeRow> = after!(filter, after, columns::api_key_size())
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
    let rows: Vec<(ApiKeyRow, Option<String>)> =
        after!(filter, after, (columns::api_key(), current))
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
