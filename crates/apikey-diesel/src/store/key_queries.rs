//! Lists keys.

use super::{
    all_but, backend,
    connection::Connection,
    credentials,
    far_pages::{self, Anchors},
    found::{self, Found},
    key_conditions, key_counts,
    key_pages::{self, Start, admitted, is_listed, narrowed, pair_after},
    pieces::{self, Cut},
};
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, ApiKeyRow, ApiKeySizeRow, SortColumn},
    schema::{api_key_uses, api_keys, event_head, key_users},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    change::snapshot::KeySnapshot,
    error::PortError,
    identifier::ApiKeyId,
    key::{api_key::ApiKey, creation::Creation, place::Place},
    listing::{Direction, Order, Page, Piece, SearchBounds, Window},
    port::api_key_repository::KeyBatch,
};
use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, QueryDsl,
    TextExpressionMethods,
};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

pub(super) async fn list(
    connection: &mut Connection,
    anchors: &Anchors,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
    bounds: SearchBounds,
) -> Result<Page<ApiKey>, PortError> {
    match found::keys(connection, filter, bounds).await? {
        Found::All => {}
        Found::Among(ids) => return found_page(connection, filter, order, window, &ids).await,
        Found::AllBut(others, total) => {
            let reachable = bounds.candidates;
            let ids = all_but::window(connection, filter, order, window, &others, total, reachable)
                .await?;
            let Piece { items, rest } = first_piece(connection, &ids, window).await?;
            let total = total.max(window.shown_through(ids.len()));
            return Ok(Page { items, rest, total });
        }
    }
    let (ids, counted) = far_pages::window(connection, anchors, filter, order, window).await?;
    let shown = ids.len();
    let Piece { items, rest } = first_piece(connection, &ids, window).await?;
    let counted = counted.and_then(|counted| u64::try_from(counted).ok());
    let total = match counted.or_else(|| window.known_total(shown)) {
        Some(total) => total,
        None => {
            let counted = key_counts::total(connection, filter).await?;
            // A key may have been deleted between the two statements.
            counted.max(window.shown_through(shown))
        }
    };
    Ok(Page { items, rest, total })
}

/// Counts the keys that `filter` admits.
pub(super) async fn total(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    bounds: SearchBounds,
) -> Result<u64, PortError> {
    match found::keys(connection, filter, bounds).await? {
        Found::All => key_counts::total(connection, filter).await,
        Found::AllBut(_, total) => Ok(total),
        Found::Among(ids) => {
            let order = Order::default();
            let found = key_pages::among(connection, filter, &ids, &order, None).await?;
            Ok(found.len() as u64)
        }
    }
}

/// Lists a window of those of some keys that a search finds. These are few.
async fn found_page(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    window: Window,
    among: &[i64],
) -> Result<Page<ApiKey>, PortError> {
    let found = key_pages::among(connection, filter, among, order, None).await?;
    let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
    let shown = found.iter().skip(offset).take(window.limit as usize);
    let shown: Vec<i64> = shown.map(|row| row.id).collect();
    let Piece { items, rest } = first_piece(connection, &shown, window).await?;
    let total = found.len() as u64;
    Ok(Page { items, rest, total })
}

async fn first_piece(
    connection: &mut Connection,
    ids: &[i64],
    window: Window,
) -> Result<Piece<ApiKey>, PortError> {
    match pieces::characters_at_once(window.limit) {
        Some(most) => at_once(connection, ids, most).await,
        None => some(connection, ids).await,
    }
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
        let mut items = pieces::sorted_as(rows::all(starts)?, ids, |id: ApiKeyId| id.0);
        credentials::add_uses(connection, &mut items).await?;
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
    let mut items = pieces::sorted_as(rows::all(rows)?, &cut.now, |id: ApiKeyId| id.0);
    credentials::add_uses(connection, &mut items).await?;
    Ok(Piece { items, rest })
}

pub(super) async fn list_after(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    order: &Order,
    after: Option<&Place>,
    limit: u32,
    bounds: SearchBounds,
) -> Result<KeyBatch, PortError> {
    // One more, to see whether there is one.
    let (most, start) = (limit + 1, Start::after(after));
    let mut rows = match found::keys(connection, filter, bounds).await? {
        Found::All => key_pages::rows(connection, filter, order, start, most).await?,
        Found::Among(ids) => key_pages::among(connection, filter, &ids, order, after).await?,
        Found::AllBut(others, _) => {
            let most = most as usize;
            all_but::rows(connection, filter, &others, order, after, most).await?
        }
    };
    let is_last = rows.len() <= limit as usize;
    rows.truncate(limit as usize);
    let last = rows.last().filter(|_| !is_last);
    let next = last.map(|row| row.place(order)).transpose()?;
    let ids: Vec<i64> = rows.into_iter().map(|row| row.id).collect();
    let piece = some(connection, &ids).await?;
    Ok(KeyBatch { piece, next })
}

/// Selects from the keys that a filter admits and that were created after others, in the
/// order of their creation.
macro_rules! after {
    ($filter:expr, $among:expr, $after:expr, $columns:expr) => {{
        let columns = ["api_keys.created_at", "api_keys.id"];
        let at = SortColumn::Number($after.at.microseconds());
        let is_after = pair_after(columns, Direction::Ascending, at, $after.id.0);
        let source = api_keys::table
            .inner_join(key_users::table)
            .left_join(api_key_uses::table);
        admitted!(source, $filter, $among, $columns)
            .filter(is_after)
            .order_by((api_keys::created_at.asc(), api_keys::id.asc()))
    }};
}

pub(super) async fn snapshot_after(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    after: Creation,
    limit: u32,
    bounds: SearchBounds,
) -> Result<KeySnapshot, PortError> {
    if !filter.is_narrowed() {
        return snapshot_of(connection, filter, None, after, limit).await;
    }
    // What may be found is as old as what is found.
    let begin = connection.batch_execute(backend::BEGIN_SNAPSHOT).await;
    begin.map_err(from_diesel)?;
    let snapshot = async {
        let among = match found::keys(connection, filter, bounds).await? {
            Found::Among(ids) => Some(ids),
            Found::All | Found::AllBut(..) => None,
        };
        snapshot_of(connection, filter, among.as_deref(), after, limit).await
    };
    let snapshot = snapshot.await;
    let end = connection.batch_execute("ROLLBACK").await;
    end.map_err(from_diesel).and(snapshot)
}

async fn snapshot_of(
    connection: &mut Connection,
    filter: &ApiKeyFilter,
    among: Option<&[i64]>,
    after: Creation,
    limit: u32,
) -> Result<KeySnapshot, PortError> {
    let sizes: Vec<ApiKeySizeRow> = after!(filter, among, after, columns::api_key_size())
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
        after!(filter, among, after, (columns::api_key(), current))
            .limit(i64::try_from(limit).unwrap_or(i64::MAX))
            .load(connection)
            .await
            .map_err(from_diesel)?;
    let has_more = rows.len() == limit;
    let snapshot = rows.iter().find_map(|(_, snapshot)| snapshot.clone());
    let snapshot = rows::snapshot(&snapshot.unwrap_or(earlier))?;
    let mut keys: Vec<ApiKey> = rows::all(rows.into_iter().map(|(row, _)| row).collect())?;
    credentials::add_uses(connection, &mut keys).await?;
    Ok(KeySnapshot {
        snapshot,
        keys,
        has_more,
    })
}
