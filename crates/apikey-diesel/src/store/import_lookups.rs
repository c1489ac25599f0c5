//! Looks up what rows that are imported refer to by name, and which ids are free.

use super::connection::Connection;
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, UserRow},
    schema::{
        api_key_credentials, api_keys, organizations as organization_rows, users as user_rows,
    },
};
use apikey_domain::{
    error::PortError,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::user::{User, UserCredential},
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, prelude::QueryableByName, sql_types::BigInt,
};
use diesel_async::RunQueryDsl;
use std::collections::{BTreeMap, BTreeSet};

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
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ids {
    Users,
    Principals,
    Keys,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Returns which of these ids something has, or had as far as the events go. However many
/// events there are of one, the first is enough.
pub(super) async fn taken(
    connection: &mut Connection,
    space: Ids,
    ids: &[i64],
) -> Result<BTreeSet<i64>, PortError> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (table, of_event) = match space {
        Ids::Users => ("users", "user_id"),
        Ids::Principals => ("principals", "principal_id"),
        Ids::Keys => ("api_keys", "api_key_id"),
    };
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

/// Returns the keys that have these access keys, as those of any of their credentials.
pub(super) async fn holders(
    connection: &mut Connection,
    access_keys: &[&str],
) -> Result<BTreeMap<String, ApiKeyId>, PortError> {
    if access_keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut found: Vec<(String, i64)> = api_key_credentials::table
        .filter(api_key_credentials::access_key.eq_any(access_keys))
        .select((
            api_key_credentials::access_key,
            api_key_credentials::api_key_id,
        ))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    let of_keys: Vec<(String, i64)> = api_keys::table
        .filter(api_keys::access_key.eq_any(access_keys))
        .select((api_keys::access_key, api_keys::id))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    found.extend(of_keys);
    let found = found.into_iter();
    Ok(found
        .map(|(access_key, id)| (access_key, ApiKeyId(id)))
        .collect())
}

/// Returns which of these organizations are here.
pub(super) async fn present(
    connection: &mut Connection,
    ids: &BTreeSet<i64>,
) -> Result<BTreeSet<i64>, PortError> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found: Vec<i64> = organization_rows::table
        .filter(organization_rows::principal_id.eq_any(ids))
        .select(organization_rows::principal_id)
        .load(connection)
        .await
        .map_err(from_diesel)?;
    Ok(found.into_iter().collect())
}
