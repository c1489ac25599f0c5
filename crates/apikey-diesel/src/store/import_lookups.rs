//! Looks up what rows that are imported refer to by name, and which ids are free.

use super::connection::Connection;
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, UserRow},
    schema::{organizations as organization_rows, users as user_rows},
};
use apikey_domain::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::user::{User, UserCredential},
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, prelude::QueryableByName, sql_types::BigInt,
};
use diesel_async::RunQueryDsl;
use std::collections::BTreeSet;

pub(super) async fn organization_named(
    connection: &mut Connection,
    slug: &str,
) -> Result<Option<PrincipalId>, PortError> {
    if slug.contains('\0') {
        return Ok(None);
    }
    let id: Option<i64> = organization_rows::table
        .filter(organization_rows::slug.eq(slug))
        .select(organization_rows::principal_id)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    Ok(id.map(PrincipalId))
}

pub(super) async fn user_named(
    connection: &mut Connection,
    name: &str,
) -> Result<Option<User>, PortError> {
    if name.contains('\0') {
        return Ok(None);
    }
    let row: Option<UserRow> = user_rows::table
        .filter(user_rows::username.eq(name))
        .select(columns::USER)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    row.map(User::try_from).transpose()
}

pub(super) async fn user_with_password(
    connection: &mut Connection,
    id: UserId,
) -> Result<Option<UserCredential>, PortError> {
    user_rows::table
        .find(id.0)
        .select((columns::USER, user_rows::password_hash))
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?
        .map(rows::user_credential)
        .transpose()
}

/// What has ids of its own.
pub(super) struct Ids {
    table: &'static str,
    /// The column of events that names it.
    of_event: &'static str,
}

pub(super) const USER_IDS: Ids = Ids {
    table: "users",
    of_event: "user_id",
};
pub(super) const PRINCIPAL_IDS: Ids = Ids {
    table: "principals",
    of_event: "principal_id",
};
pub(super) const KEY_IDS: Ids = Ids {
    table: "api_keys",
    of_event: "api_key_id",
};

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Returns which of these ids something has, or had as far as the events go. However many
/// events there are of one, the first is enough.
pub(super) async fn taken(
    connection: &mut Connection,
    Ids { table, of_event }: &Ids,
    ids: &[i64],
) -> Result<BTreeSet<i64>, PortError> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    // Both databases call the column so.
    let given: Vec<String> = ids.iter().map(|id| format!("({id})")).collect();
    let statement = format!(
        "SELECT CAST(column1 AS BIGINT) AS id FROM (VALUES {}) AS given
         WHERE EXISTS (SELECT 1 FROM {table} WHERE id = column1)
         OR EXISTS (SELECT 1 FROM events WHERE {of_event} = column1)",
        given.join(", ")
    );
    let taken: Vec<IdRow> = diesel::sql_query(statement)
        .load(connection)
        .await
        .map_err(from_diesel)?;
    Ok(taken.into_iter().map(|row| row.id).collect())
}

/// Returns whether nothing has an id, or had it.
pub(super) async fn is_free(
    connection: &mut Connection,
    ids: &Ids,
    id: i64,
) -> Result<bool, PortError> {
    Ok(taken(connection, ids, &[id]).await?.is_empty())
}
