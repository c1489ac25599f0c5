//! Looks up what rows that are imported refer to by name, and which ids are free.

use super::{connection::Connection, users};
use crate::{
    failure::from_diesel,
    schema::{
        api_keys, events, organizations as organization_rows, principals, stored_users,
        users as user_rows,
    },
};
use apikey_domain::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::{
        password::PasswordHash,
        user::{User, UserCredential},
    },
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

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
    let id: Option<i64> = user_rows::table
        .filter(user_rows::username.eq(name))
        .select(user_rows::id)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    match id {
        Some(id) => users::find(connection, UserId(id)).await,
        None => Ok(None),
    }
}

pub(super) async fn user_with_password(
    connection: &mut Connection,
    id: UserId,
) -> Result<Option<UserCredential>, PortError> {
    let Some(user) = users::find(connection, id).await? else {
        return Ok(None);
    };
    let hash: String = user_rows::table
        .find(id.0)
        .select(user_rows::password_hash)
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    let password_hash = PasswordHash::new(hash);
    Ok(Some(UserCredential {
        user,
        password_hash,
    }))
}

pub(super) async fn is_user_id_free(
    connection: &mut Connection,
    id: i64,
) -> Result<bool, PortError> {
    let of_user: i64 = stored_users::table
        .filter(stored_users::id.eq(id))
        .count()
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    let event: Option<i64> = events::table
        .filter(events::user_id.eq(id))
        .select(events::horizon)
        .limit(1)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    Ok(of_user == 0 && event.is_none())
}

pub(super) async fn is_principal_free(
    connection: &mut Connection,
    id: i64,
) -> Result<bool, PortError> {
    let of_principal: i64 = principals::table
        .filter(principals::id.eq(id))
        .count()
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    let event: Option<i64> = events::table
        .filter(events::principal_id.eq(id))
        .select(events::horizon)
        .limit(1)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    Ok(of_principal == 0 && event.is_none())
}

pub(super) async fn is_key_id_free(
    connection: &mut Connection,
    id: i64,
) -> Result<bool, PortError> {
    let of_key: i64 = api_keys::table
        .filter(api_keys::id.eq(id))
        .count()
        .get_result(connection)
        .await
        .map_err(from_diesel)?;
    let event: Option<i64> = events::table
        .filter(events::api_key_id.eq(id))
        .select(events::horizon)
        .limit(1)
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    Ok(of_key == 0 && event.is_none())
}
