//! Lists users.

use super::{
    backend,
    connection::Connection,
    found,
    pieces::{self, Cut},
    user_order::{Condition, Sorting},
};
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, UserPlaceRow, UserRow, UserSizeRow},
    schema::{event_head, stored_users, users},
};
use apikey_domain::{
    change::snapshot::UserSnapshot,
    error::PortError,
    identifier::UserId,
    identity::{
        user::User,
        user_list::{UserBatch, UserFilter, UserOrder, UserPlace},
    },
    listing::{Page, Piece, SearchBounds, Window},
};
use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, QueryDsl,
    TextExpressionMethods,
    dsl::sql,
    sql_types::{Text, Untyped},
};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

/// The full name as it is searched, if there is one. Nobody has folded one yet that another
/// release wrote a moment ago.
const FULL_NAME_FOLDED: &str =
    "NULLIF(COALESCE(users.full_name_folded, LOWER(users.full_name)), '')";

/// Selects the users that match a search term: all without one, which then costs no
/// comparison. From the table and not the view, so that an index alone is read.
macro_rules! selected {
    ($columns:expr, $search:expr, $among:expr) => {{
        let marked = diesel::alias!(stored_users as marked);
        // Few, by an index that has only these.
        let removed = marked
            .filter(marked.field(stored_users::removed_at).is_not_null())
            .select(marked.field(stored_users::id));
        let mut query = stored_users::table
            .filter(stored_users::id.ne_all(removed))
            .select($columns)
            .into_boxed();
        if $search.is_some() {
            let is_named = found!(stored_users::username_folded, $search);
            let is_called = found!(sql::<Text>(FULL_NAME_FOLDED), $search);
            query = query.filter(is_named.or(is_called));
        }
        if let Some(ids) = $among {
            query = query.filter(stored_users::id.eq_any(ids));
        }
        query
    }};
}

pub(super) async fn list(
    connection: &mut Connection,
    filter: &UserFilter,
    order: &UserOrder,
    window: Window,
    bounds: SearchBounds,
) -> Result<Page<User>, PortError> {
    let search = filter.search.as_ref();
    let among = found::users(connection, search, bounds).await?;
    let sorting = sorting(connection, order, among.as_deref(), bounds).await?;
    let ids: Vec<i64> = selected!(stored_users::id, search, among.as_deref())
        .order_by(sql::<Untyped>(&sorting.order_by()))
        .offset(window.offset)
        .limit(i64::from(window.limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let total = match window.known_total(ids.len()) {
        Some(total) => total,
        None => {
            let count = selected!(diesel::dsl::count_star(), search, among.as_deref());
            let count: i64 = count.get_result(connection).await.map_err(from_diesel)?;
            // A user may have been deleted between the two statements.
            count.unsigned_abs().max(window.shown_through(ids.len()))
        }
    };
    let Piece { items, rest } = some(connection, &ids).await?;
    Ok(Page { items, rest, total })
}

pub(super) async fn list_after(
    connection: &mut Connection,
    filter: &UserFilter,
    order: &UserOrder,
    after: Option<&UserPlace>,
    limit: u32,
    bounds: SearchBounds,
) -> Result<UserBatch, PortError> {
    let search = filter.search.as_ref();
    let among = found::users(connection, search, bounds).await?;
    let among = among.as_deref();
    let sorting = sorting(connection, order, among, bounds).await?;
    let parts: Vec<(Option<Condition>, String)> = match after {
        None => vec![(None, sorting.order_by())],
        Some(place) => {
            let parts = sorting.parts_after(place).into_iter();
            parts.map(|(part, order)| (Some(part), order)).collect()
        }
    };
    // One more, to see whether there is one.
    let most = limit as usize + 1;
    let mut rows: Vec<UserPlaceRow> = Vec::new();
    for (part, order_by) in parts {
        let left = most - rows.len();
        if left == 0 {
            break;
        }
        let mut query = selected!(columns::USER_PLACE, search, among)
            .order_by(sql::<Untyped>(&order_by))
            .limit(i64::try_from(left).unwrap_or(i64::MAX));
        if let Some(condition) = part {
            query = query.filter(condition);
        }
        let next: Vec<UserPlaceRow> = query.load(connection).await.map_err(from_diesel)?;
        rows.extend(next);
    }
    let is_last = rows.len() < most;
    rows.truncate(limit as usize);
    let last = rows.last().filter(|_| !is_last);
    let next = last.map(|row| row.place(order)).transpose()?;
    let ids: Vec<i64> = rows.into_iter().map(|row| row.id).collect();
    let piece = some(connection, &ids).await?;
    Ok(UserBatch { piece, next })
}

/// Lists users by their ids, with the snapshot they are read from.
pub(super) async fn snapshot_after(
    connection: &mut Connection,
    filter: &UserFilter,
    after: UserId,
    limit: u32,
    bounds: SearchBounds,
) -> Result<UserSnapshot, PortError> {
    // Ids, sizes and users are of one state, and so is what may be found.
    let begin = connection.batch_execute(backend::BEGIN_SNAPSHOT).await;
    begin.map_err(from_diesel)?;
    let snapshot = snapshot_of(connection, filter, after, limit, bounds).await;
    let end = connection.batch_execute("ROLLBACK").await;
    end.map_err(from_diesel).and(snapshot)
}

async fn snapshot_of(
    connection: &mut Connection,
    filter: &UserFilter,
    after: UserId,
    limit: u32,
    bounds: SearchBounds,
) -> Result<UserSnapshot, PortError> {
    let snapshot: String = event_head::table
        .select(event_head::snapshot)
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    let search = filter.search.as_ref();
    let among = found::users(connection, search, bounds).await?;
    let ids: Vec<i64> = selected!(stored_users::id, search, among.as_deref())
        .filter(stored_users::id.gt(after.0))
        .order_by(stored_users::id.asc())
        .limit(i64::from(limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let Piece { items, rest } = some(connection, &ids).await?;
    Ok(UserSnapshot {
        snapshot: rows::snapshot(&snapshot)?,
        has_more: ids.len() == limit as usize || !rest.is_empty(),
        users: items,
    })
}

/// Returns how to sort users, unless that would look at too many.
async fn sorting(
    connection: &mut Connection,
    order: &UserOrder,
    among: Option<&[i64]>,
    bounds: SearchBounds,
) -> Result<Sorting, PortError> {
    let sorting = Sorting::of(order);
    if among.is_none() && !sorting.is_indexed() {
        bounds.sort(found::number_of_users(connection, bounds).await?)?;
    }
    Ok(sorting)
}

/// Reads the users with these ids, as many as fit a piece.
pub(super) async fn some(
    connection: &mut Connection,
    ids: &[i64],
) -> Result<Piece<User>, PortError> {
    let (candidates, later) = pieces::candidates(ids);
    let sizes: Vec<UserSizeRow> = users::table
        .filter(users::id.eq_any(candidates))
        .select(columns::user_size())
        .load(connection)
        .await
        .map_err(from_diesel)?;
    read(connection, pieces::cut_as(sizes, candidates, later)).await
}

async fn read(connection: &mut Connection, cut: Cut) -> Result<Piece<User>, PortError> {
    let rows: Vec<UserRow> = users::table
        .filter(users::id.eq_any(&cut.now))
        .select(columns::USER)
        .load(connection)
        .await
        .map_err(from_diesel)?;
    Ok(Piece {
        items: pieces::sorted_as(rows::all(rows)?, &cut.now, |id: UserId| id.0),
        rest: cut.rest.into_iter().map(UserId).collect(),
    })
}
