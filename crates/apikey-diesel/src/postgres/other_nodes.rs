//! What the nodes tell each other of themselves: the protocol that they speak, and the
//! peppers that they know.

use super::connection::Connection;
use crate::announcement::parsed;
use apikey_domain::key::pepper_order::PeerPeppers;
use diesel::{
    QueryResult,
    dsl::sql,
    sql_types::{BigInt, Bool, Nullable, Text},
};
use diesel_async::RunQueryDsl;

/// Returns whether a node with a lease speaks no more than a protocol before this one.
pub(crate) async fn has_node_before(
    connection: &mut Connection,
    protocol: i64,
) -> QueryResult<bool> {
    let before = sql::<Bool>("EXISTS (SELECT 1 FROM nodes WHERE protocol < ")
        .bind::<BigInt, _>(protocol)
        .sql(")");
    RunQueryDsl::get_result(diesel::select(before), connection).await
}

/// Keeps others from registering a pepper until the transaction ends. Renewals of digests
/// read which one is the newest all the while.
pub(crate) async fn lock_peppers(connection: &mut Connection) -> QueryResult<()> {
    let lock = diesel::sql_query("LOCK TABLE peppers IN EXCLUSIVE MODE");
    lock.execute(connection).await.map(drop)
}

/// What a node says of the peppers that it knows.
#[derive(diesel::QueryableByName)]
struct NodePeppers {
    #[diesel(sql_type = Nullable<Text>)]
    peppers: Option<String>,
}

/// Returns which peppers the nodes know but the one with this row.
pub(crate) async fn peppers_of_others(
    connection: &mut Connection,
    row: Option<i64>,
) -> QueryResult<Vec<PeerPeppers>> {
    let others = diesel::sql_query("SELECT peppers FROM nodes WHERE id <> $1");
    let others = others.bind::<BigInt, _>(row.unwrap_or_default());
    let others: Vec<NodePeppers> = RunQueryDsl::load(others, connection).await?;
    let others = others.iter().map(|node| parsed(node.peppers.as_deref()));
    Ok(others.collect())
}

/// Writes into the row of this node which peppers it knows.
pub(crate) async fn announce_peppers(
    connection: &mut Connection,
    row: Option<i64>,
    known: String,
) -> QueryResult<()> {
    let update = diesel::sql_query("UPDATE nodes SET peppers = $2 WHERE id = $1");
    let bound = update
        .bind::<BigInt, _>(row.unwrap_or_default())
        .bind::<Text, _>(known);
    bound.execute(connection).await.map(drop)
}
