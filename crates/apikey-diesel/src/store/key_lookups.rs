//! Finds keys by the access keys of their credentials.
//!
//! The credential that a key was made with is in the row of the key, where one lookup finds
//! it. A key that has had another one has all of them in a table of their own.

use super::{backend, connection::Connection, credentials};
use crate::{
    columns,
    failure::from_diesel,
    rows::{self, ApiKeyRow, CredentialRow, KeyFactsRow, UserRow},
    schema::{
        api_key_credentials, api_key_uses, api_keys, organizations, stored_memberships, users,
    },
};
use apikey_domain::{
    error::PortError,
    key::{api_key::StoredCredential, credential::CredentialNumber},
    verification::facts::KeyFacts,
};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;
use std::sync::Arc;

/// The columns of a [`CredentialRow`].
type CredentialColumns = (
    api_key_credentials::number,
    api_key_credentials::secret_digest,
    api_key_credentials::last_used_at,
);

const CREDENTIAL: CredentialColumns = (
    api_key_credentials::number,
    api_key_credentials::secret_digest,
    api_key_credentials::last_used_at,
);

pub(super) async fn credential(
    connection: &mut Connection,
    access_key: &str,
) -> Result<Option<StoredCredential>, PortError> {
    // PostgreSQL text cannot contain NUL, so no stored text does.
    if access_key.contains('\0') {
        return Ok(None);
    }
    let selected = || {
        (
            columns::api_key_of_user(),
            api_keys::secret_digest,
            columns::USER,
        )
    };
    // Not `first`: its LIMIT would make SQLite prepare the statement twice.
    let only: Option<(ApiKeyRow, String, UserRow)> = api_keys::table
        .inner_join(users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::access_key.eq(access_key))
        .select(selected())
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    if let Some((key, digest, user)) = only.filter(|(key, ..)| !key.is_rotated()) {
        let number = CredentialNumber::FIRST.0;
        return Ok(Some(rows::credential((key, number, digest, user))?));
    }
    let one: Option<((ApiKeyRow, String, UserRow), CredentialRow)> = api_key_credentials::table
        .inner_join(
            api_keys::table
                .inner_join(users::table)
                .left_join(api_key_uses::table),
        )
        .filter(api_key_credentials::access_key.eq(access_key))
        .select((selected(), CREDENTIAL))
        .get_result(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    let Some(((key, _, user), credential)) = one else {
        return Ok(None);
    };
    let (number, digest) = (credential.number, credential.secret_digest);
    let mut stored = rows::credential((key, number, digest, user))?;
    credentials::add_uses(connection, [&mut stored.api_key]).await?;
    Ok(Some(stored))
}

/// Returns the row of a key alone, and that of the credential if it has had several.
pub(super) async fn key_row(
    connection: &mut Connection,
    access_key: &str,
) -> Result<Option<(KeyFactsRow, Option<CredentialRow>)>, PortError> {
    // PostgreSQL text cannot contain NUL, so no stored text does.
    if access_key.contains('\0') {
        return Ok(None);
    }
    let query = api_keys::table
        .filter(api_keys::access_key.eq(access_key.to_owned()))
        .select(columns::KEY_FACTS);
    let row: Option<KeyFactsRow> = backend::get_result(connection, query)
        .await
        .optional()
        .map_err(from_diesel)?;
    if let Some(row) = row.filter(|row| !row.is_rotated()) {
        return Ok(Some((row, None)));
    }
    let query = api_key_credentials::table
        .inner_join(api_keys::table)
        .filter(api_key_credentials::access_key.eq(access_key.to_owned()))
        .select((columns::KEY_FACTS, CREDENTIAL));
    let row = backend::get_result(connection, query).await;
    let row = row.optional().map_err(from_diesel)?;
    Ok(row.map(|(key, credential)| (key, Some(credential))))
}

pub(super) async fn key_facts(
    connection: &mut Connection,
    access_key: &str,
) -> Result<Option<Arc<KeyFacts>>, PortError> {
    // PostgreSQL text cannot contain NUL, so no stored text does.
    if access_key.contains('\0') {
        return Ok(None);
    }
    let membership = || {
        stored_memberships::organization_id
            .eq(api_keys::owner_principal_id)
            .and(stored_memberships::user_id.eq(api_keys::user_id))
    };
    let organization = || organizations::principal_id.eq(api_keys::owner_principal_id);
    let selected = || (columns::KEY_FACTS, columns::standing(), columns::USER);
    let query = api_keys::table
        .inner_join(users::table)
        .left_join(api_key_uses::table)
        .left_join(organizations::table.on(organization()))
        .left_join(stored_memberships::table.on(membership()))
        .filter(api_keys::access_key.eq(access_key.to_owned()))
        .select(selected());
    let parts: Option<(KeyFactsRow, _, _)> = backend::get_result(connection, query)
        .await
        .optional()
        .map_err(from_diesel)?;
    if let Some(parts) = parts.filter(|(row, ..)| !row.is_rotated()) {
        return Ok(Some(Arc::new(rows::key_facts(parts, None)?)));
    }
    let query = api_key_credentials::table
        .inner_join(
            api_keys::table
                .inner_join(users::table)
                .left_join(api_key_uses::table),
        )
        .left_join(organizations::table.on(organization()))
        .left_join(stored_memberships::table.on(membership()))
        .filter(api_key_credentials::access_key.eq(access_key.to_owned()))
        .select((selected(), CREDENTIAL));
    let row = backend::get_result(connection, query).await;
    let row = row.optional().map_err(from_diesel)?;
    let facts = row.map(|(parts, credential)| rows::key_facts(parts, Some(credential)));
    Ok(facts.transpose()?.map(Arc::new))
}
