//! Lists users.

use super::{
    connection::Connection,
    found,
    pieces::{self, Cut},
};
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, UserRow, UserSizeRow},
    schema::{stored_users, users},
    stored_names::Named,
};
use apikey_domain::{
    error::PortError,
    identifier::UserId,
    identity::user::User,
    listing::{Page, Piece, SearchBounds, SearchTerm, Window},
};
use diesel::{
    BoolExpressionMethods, EscapeExpressionMethods, ExpressionMethods, QueryDsl,
    TextExpressionMethods,
};
use diesel_async::RunQueryDsl;

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
            query = query.filter(found!(stored_users::username_folded, $search));
        }
        if let Some(ids) = &$among {
            query = query.filter(stored_users::id.eq_any(ids));
        }
        query
    }};
}

pub(super) async fn list(
    connection: &mut Connection,
    search: Option<&SearchTerm>,
    window: Window,
    bounds: SearchBounds,
) -> Result<Page<User>, PortError> {
    let among = found::others(connection, Named::User, search, bounds).await?;
    let ids: Vec<i64> = selected!(stored_users::id, search, among)
        .order_by(stored_users::id.asc())
        .offset(window.offset)
        .limit(i64::from(window.limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let total = match window.known_total(ids.len()) {
        Some(total) => total,
        None => {
            let count: i64 = selected!(diesel::dsl::count_star(), search, among)
                .get_result(connection)
                .await
                .map_err(from_diesel)?;
            u64::try_from(count).unwrap_or_default()
        }
    };
    let Piece { items, rest } = some(connection, &ids).await?;
    Ok(Page { items, rest, total })
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
