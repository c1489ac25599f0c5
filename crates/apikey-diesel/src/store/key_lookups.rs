//! Finds keys by their access key.

use super::{backend, connection::Connection};
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, KeyFactsRow},
    schema::{api_key_uses, api_keys, organizations, stored_memberships, users},
};
use apikey_domain::{
    error::PortError, key::api_key::StoredCredential, verification::facts::KeyFacts,
};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;
use std::sync::Arc;

pub(super) async fn credential(
    connection: &mut Connection,
    access_key: &str,
) -> Result<Option<StoredCredential>, PortError> {
    // PostgreSQL text cannot contain NUL, so no stored text does.
    if access_key.contains('\0') {
        return Ok(None);
    }
    // Not `first`: its LIMIT would make SQLite prepare the statement twice.
    api_keys::table
        .inner_join(users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::access_key.eq(access_key))
        .select((
            columns::api_key_of_user(),
            api_keys::secret_digest,
            columns::USER,
        ))
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?
        .map(rows::credential)
        .transpose()
}

/// Returns the row of a key alone.
pub(super) async fn key_row(
    connection: &mut Connection,
    access_key: &str,
) -> Result<Option<KeyFactsRow>, PortError> {
    // PostgreSQL text cannot contain NUL, so no stored text does.
    if access_key.contains('\0') {
        return Ok(None);
    }
    let query = api_keys::table
        .filter(api_keys::access_key.eq(access_key.to_owned()))
        .select(columns::KEY_FACTS);
    let row = backend::get_result(connection, query).await;
    row.optional().map_err(from_diesel)
}

pub(super) async fn key_facts(
    connection: &mut Connection,
    access_key: &str,
) -> Result<Option<Arc<KeyFacts>>, PortError> {
    // PostgreSQL text cannot contain NUL, so no stored text does.
    if access_key.contains('\0') {
        return Ok(None);
    }
    let membership = stored_memberships::organization_id
        .eq(api_keys::owner_principal_id)
        .and(stored_memberships::user_id.eq(api_keys::user_id));
    let query = api_keys::table
        .inner_join(users::table)
        .left_join(api_key_uses::table)
        .left_join(
            organizations::table.on(organizations::principal_id.eq(api_keys::owner_principal_id)),
        )
        .left_join(stored_memberships::table.on(membership))
        .filter(api_keys::access_key.eq(access_key.to_owned()))
        .select((columns::KEY_FACTS, columns::standing(), columns::USER));
    let facts = backend::get_result(connection, query)
        .await
        .optional()
        .map_err(from_diesel)?
        .map(rows::key_facts)
        .transpose()?;
    Ok(facts.map(Arc::new))
}
