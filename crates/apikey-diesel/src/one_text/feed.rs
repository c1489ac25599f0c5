//! The position of the change feed.

use super::Connection;
use crate::schema::change_feed;
use apikey_domain::change::Position;
use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// Takes the next position. The last statement of a transaction: until it
/// commits, no other takes one, so positions are in commit order, on every node
/// of the database.
pub(super) async fn next_position(connection: &mut Connection) -> QueryResult<Position> {
    let position: i64 = diesel::update(change_feed::table)
        .set(change_feed::position.eq(change_feed::position + 1))
        .returning(change_feed::position)
        .get_result(connection)
        .await?;
    Ok(Position(position))
}

/// Tells the position of the last commit that had one.
pub(super) async fn position(connection: &mut Connection) -> QueryResult<Position> {
    let position: i64 = change_feed::table
        .select(change_feed::position)
        .get_result(connection)
        .await?;
    Ok(Position(position))
}
