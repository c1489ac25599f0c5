//! The table of the credentials of keys that have had several.

use super::{backend, connection::Connection};
use crate::{
    failure::{Failure, from_diesel},
    schema::{api_key_credentials, api_keys},
};
use apikey_domain::{
    error::{PortError, Unique},
    identifier::ApiKeyId,
    key::{
        api_key::{ApiKey, NewApiKey},
        credential::CredentialNumber,
        hint::Hint,
        rotation::Step,
        token::AccessKey,
    },
    timestamp::Timestamp,
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, dsl::sql,
    prelude::Insertable, sql_types::BigInt,
};
use diesel_async::RunQueryDsl;

/// A digest that no secret has, in the place of the one of a key that was rotated.
const NO_DIGEST: &str =
    "hmac-sha256$00000000$0000000000000000000000000000000000000000000000000000000000000000";

/// A credential to be stored.
#[derive(Insertable)]
#[diesel(table_name = api_key_credentials)]
struct NewCredentialRow {
    access_key: String,
    api_key_id: i64,
    number: i64,
    secret_digest: String,
    last_used_at: Option<i64>,
    hint: Option<String>,
}

/// Stores the credentials of a key after a step of its rotation. The row of the key says
/// what has become of them.
pub(super) async fn store(
    connection: &mut Connection,
    before: &ApiKey,
    after: &ApiKey,
    step: &Step,
) -> Result<(), Failure> {
    if before.rotated.is_empty() {
        move_first(connection, before).await?;
    }
    if let (Step::Rotate(new), Some(last)) = (step, after.rotated.last()) {
        let row = NewCredentialRow {
            access_key: new.access_key.as_str().to_owned(),
            api_key_id: after.id.0,
            number: last.number.0,
            secret_digest: new.secret_digest.to_text(),
            last_used_at: None,
            hint: hint_column(new.hint.as_ref()),
        };
        let insert = diesel::insert_into(api_key_credentials::table).values(row);
        insert.execute(connection).await?;
    }
    // What is forgotten may have come after what is kept.
    let kept: Vec<i64> = after.rotated.iter().map(|one| one.number.0).collect();
    let forgotten = api_key_credentials::table
        .filter(api_key_credentials::api_key_id.eq(after.id.0))
        .filter(api_key_credentials::number.ne_all(kept));
    diesel::delete(forgotten).execute(connection).await?;
    Ok(())
}

/// Moves the digest that a key was made with to the table.
async fn move_first(connection: &mut Connection, key: &ApiKey) -> QueryResult<()> {
    let row = api_keys::table.find(key.id.0);
    let (access_key, secret_digest): (String, String) = row
        .select((api_keys::access_key, api_keys::secret_digest))
        .get_result(connection)
        .await?;
    let row = NewCredentialRow {
        access_key,
        api_key_id: key.id.0,
        number: CredentialNumber::FIRST.0,
        secret_digest,
        last_used_at: key.last_used_at.map(Timestamp::microseconds),
        hint: hint_column(key.hint.as_ref()),
    };
    let insert = diesel::insert_into(api_key_credentials::table).values(row);
    insert.execute(connection).await?;
    let update = diesel::update(api_keys::table.find(key.id.0));
    let update = update.set(api_keys::secret_digest.eq(NO_DIGEST));
    update.execute(connection).await.map(drop)
}

fn hint_column(hint: Option<&Hint>) -> Option<String> {
    hint.map(|hint| hint.as_str().to_owned())
}

/// Checks that no credential has the access key, and keeps others from taking it until the
/// transaction ends. Generated ones are random: nobody else takes them.
pub(super) async fn check_free(
    connection: &mut Connection,
    access_key: &AccessKey,
) -> Result<(), Failure> {
    backend::lock_access_key(connection, access_key.as_str()).await?;
    if is_taken(connection, access_key).await? {
        return Err(PortError::Duplicate(Unique::AccessKey).into());
    }
    Ok(())
}

/// Returns whether any credential has the access key.
pub(super) async fn is_taken(
    connection: &mut Connection,
    access_key: &AccessKey,
) -> QueryResult<bool> {
    let of_key: i64 = api_keys::table
        .filter(api_keys::access_key.eq(access_key.as_str()))
        .count()
        .get_result(connection)
        .await?;
    Ok(of_key > 0 || is_of_credential(connection, access_key).await?)
}

/// Returns which of these keys can be stored, as far as credentials of others do not have
/// their access keys. Keeps others from taking those until the transaction ends.
pub(super) async fn are_free(
    connection: &mut Connection,
    new: &[&NewApiKey],
) -> QueryResult<Vec<bool>> {
    let mut are_free = vec![true; new.len()];
    let custom = new.iter().zip(&mut are_free);
    let mut custom: Vec<_> = custom.filter(|(new, _)| new.origin.is_custom()).collect();
    // All transactions take these locks in one order.
    custom.sort_unstable_by_key(|(new, _)| new.access_key.as_str());
    for (new, is_free) in custom {
        backend::lock_access_key(connection, new.access_key.as_str()).await?;
        *is_free = !is_of_credential(connection, &new.access_key).await?;
    }
    Ok(are_free)
}

async fn is_of_credential(
    connection: &mut Connection,
    access_key: &AccessKey,
) -> QueryResult<bool> {
    let number: Option<i64> = api_key_credentials::table
        .filter(api_key_credentials::access_key.eq(access_key.as_str()))
        .select(api_key_credentials::number)
        .get_result(connection)
        .await
        .optional()?;
    Ok(number.is_some())
}

/// Adds the last uses of credentials to keys that have had several.
pub(super) async fn add_uses<'k>(
    connection: &mut Connection,
    keys: impl IntoIterator<Item = &'k mut ApiKey>,
) -> Result<(), PortError> {
    let rotated = keys.into_iter().filter(|key| !key.rotated.is_empty());
    let mut rotated: Vec<&mut ApiKey> = rotated.collect();
    if rotated.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = rotated.iter().map(|key| key.id.0).collect();
    let uses: Vec<(i64, i64, i64)> = api_key_credentials::table
        .filter(api_key_credentials::api_key_id.eq_any(ids))
        .filter(api_key_credentials::last_used_at.is_not_null())
        .select((
            api_key_credentials::api_key_id,
            api_key_credentials::number,
            sql::<BigInt>("api_key_credentials.last_used_at"),
        ))
        .load(connection)
        .await
        .map_err(from_diesel)?;
    for (id, number, at) in uses {
        let key = rotated.iter_mut().find(|key| key.id.0 == id);
        let credentials = key.into_iter().flat_map(|key| &mut key.rotated);
        for credential in credentials.filter(|one| one.number.0 == number) {
            credential.last_used_at = Timestamp::from_microseconds(at);
        }
    }
    Ok(())
}

/// Records a use of these credentials.
pub(super) async fn record_uses(
    connection: &mut Connection,
    used: &[(ApiKeyId, CredentialNumber)],
    at: i64,
    latest_credible: i64,
) -> QueryResult<()> {
    for (id, number) in used {
        let is_earlier = api_key_credentials::last_used_at
            .is_null()
            .or(api_key_credentials::last_used_at.lt(at))
            .or(api_key_credentials::last_used_at.gt(latest_credible));
        let row = api_key_credentials::table
            .find((id.0, number.0))
            .filter(is_earlier);
        let update = diesel::update(row).set(api_key_credentials::last_used_at.eq(at));
        update.execute(connection).await?;
    }
    Ok(())
}
