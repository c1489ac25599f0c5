//! Lists the removals under way.

use super::connection::Connection;
use crate::{failure::from_diesel, rows::RemovalRow, schema::principals};
use apikey_domain::{
    error::PortError,
    identifier::PrincipalId,
    listing::{Page, Piece, Window},
    port::removals::Removal,
};
use diesel::{ExpressionMethods, QueryDsl, sql_query};
use diesel_async::RunQueryDsl;

pub(super) async fn list(
    connection: &mut Connection,
    window: Window,
) -> Result<Page<Removal>, PortError> {
    let ids: Vec<i64> = principals::table
        .filter(principals::removed_at.is_not_null())
        .select(principals::id)
        .order_by((principals::removed_at.asc(), principals::id.asc()))
        .offset(window.offset)
        .limit(i64::from(window.limit))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let total = match window.known_total(ids.len()) {
        Some(total) => total,
        None => count(connection).await?,
    };
    let Piece { items, rest } = some(connection, &ids).await?;
    Ok(Page { items, rest, total })
}

async fn count(connection: &mut Connection) -> Result<u64, PortError> {
    let count: i64 = principals::table
        .filter(principals::removed_at.is_not_null())
        .count()
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// How many removals a piece has at most: what each has left is counted.
const PIECE: usize = 20;

/// Reads the removals of these principals, as many as a piece has. One that has ended
/// meanwhile is left out.
pub(super) async fn some(
    connection: &mut Connection,
    ids: &[i64],
) -> Result<Piece<Removal>, PortError> {
    let (now, rest) = ids.split_at(ids.len().min(PIECE));
    let mut items = Vec::new();
    for id in now {
        let found: Vec<RemovalRow> = sql_query(format!("{READ} {id}"))
            .load(connection)
            .await
            .map_err(from_diesel)?;
        for row in found {
            items.push(row.try_into()?);
        }
    }
    Ok(Piece {
        items,
        rest: rest.iter().copied().map(PrincipalId).collect(),
    })
}

/// The keys are those of the user, and those that the principal owns of others.
const READ: &str = "\
    SELECT p.id AS principal_id, u.id AS user_id, p.removed_at AS started_at, \
        COALESCE(u.removed_username, o.name) AS name, \
        CAST((SELECT COALESCE(SUM(c.keys), 0) FROM api_key_counts AS c \
              WHERE c.user_id = u.id) \
           + (SELECT COALESCE(SUM(c.keys), 0) FROM api_key_counts AS c \
              WHERE c.owner_principal_id = p.id AND (u.id IS NULL OR c.user_id <> u.id)) \
        AS BIGINT) AS keys, \
        (SELECT COUNT(*) FROM memberships AS m WHERE m.user_id = u.id) \
           + (SELECT COUNT(*) FROM memberships AS m WHERE m.organization_id = o.principal_id) \
        AS memberships \
    FROM principals AS p \
        LEFT JOIN users AS u ON u.principal_id = p.id \
        LEFT JOIN organizations AS o ON o.principal_id = p.id \
    WHERE p.removed_at IS NOT NULL AND p.id =";
