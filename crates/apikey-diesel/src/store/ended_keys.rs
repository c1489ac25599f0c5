//! Deletes keys that ended long ago, in the writer's transaction.

use super::{
    connection::Connection,
    job::{Effects, Written},
    key_batch,
};
use crate::{
    failure::from_diesel,
    row_lock::Strength,
    rows::{EXPIRES, OWN_EXPIRY},
    schema::api_keys,
};
use apikey_domain::{
    change::{
        Change, KeyEvent,
        ended::{Ended, EndedPlace, EndedStep, has_ended_before},
    },
    error::PortError,
    identifier::ApiKeyId,
    key::api_key::ApiKey,
    timestamp::Timestamp,
};
use diesel::{
    ExpressionMethods, QueryDsl, QueryResult,
    dsl::sql,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;

/// Returns whether a key after a place ended before an instant.
pub(super) async fn has_any(
    connection: &mut Connection,
    before: Timestamp,
    after: EndedPlace,
) -> Result<bool, PortError> {
    let found = next(connection, after, before, 1).await;
    Ok(!found.map_err(from_diesel)?.is_empty())
}

/// Returns the first places of keys after one that ended before an instant.
async fn next(
    connection: &mut Connection,
    after: EndedPlace,
    before: Timestamp,
    most: u32,
) -> QueryResult<Vec<EndedPlace>> {
    let mut after = after;
    if after.cause == Ended::Revoked {
        let found = next_of(connection, after, before, most).await?;
        if !found.is_empty() {
            return Ok(found);
        }
        after = EndedPlace::start_of(Ended::Expired);
    }
    next_of(connection, after, before, most).await
}

async fn next_of(
    connection: &mut Connection,
    after: EndedPlace,
    before: Timestamp,
    most: u32,
) -> QueryResult<Vec<EndedPlace>> {
    let (ended_at, has_ended) = match after.cause {
        Ended::Revoked => ("api_keys.revoked_at", "api_keys.revoked_at IS NOT NULL"),
        Ended::Expired => (OWN_EXPIRY, EXPIRES),
    };
    let is_after = sql::<Bool>(&format!("({ended_at}, api_keys.id) > ("))
        .bind::<BigInt, _>(after.at.microseconds())
        .sql(", ")
        .bind::<BigInt, _>(after.id.0)
        .sql(")");
    let found: Vec<(i64, i64)> = api_keys::table
        .filter(sql::<Bool>(has_ended))
        // Where the index is to begin on SQLite, which does not seek pairs. Nothing of
        // what comes before the place is left.
        .filter(sql::<BigInt>(ended_at).ge(after.at.microseconds()))
        .filter(is_after)
        .filter(sql::<BigInt>(ended_at).lt(before.microseconds()))
        .select((sql::<BigInt>(ended_at), api_keys::id))
        .order_by((sql::<BigInt>(ended_at).asc(), api_keys::id.asc()))
        .limit(i64::from(most))
        .load(connection)
        .await?;
    let places = found.into_iter().map(|(at, id)| EndedPlace {
        cause: after.cause,
        at: Timestamp::from_microseconds(at).unwrap_or(Timestamp::MIN),
        id: ApiKeyId(id),
    });
    Ok(places.collect())
}

/// Deletes the first keys after a place that ended before an instant.
pub(super) async fn delete(
    connection: &mut Connection,
    before: Timestamp,
    after: EndedPlace,
    most: u32,
) -> Written<EndedStep> {
    let mut found = next(connection, after, before, most).await?;
    key_batch::fit(connection, &mut found, |place| place.id.0).await?;
    let keys = key_batch::locked(connection, &ids(&found), Strength::Update).await?;
    let ended = keys.into_iter().filter(|key| has_ended_before(key, before));
    let ended: Vec<ApiKey> = ended.collect();
    let ids: Vec<i64> = ended.iter().map(|key| key.id.0).collect();
    diesel::delete(api_keys::table.filter(api_keys::id.eq_any(ids)))
        .execute(connection)
        .await?;
    let step = EndedStep {
        deleted: u32::try_from(ended.len()).unwrap_or(u32::MAX),
        next: found.last().copied(),
    };
    let deleted = ended.into_iter().map(KeyEvent::Deleted).map(Change::Key);
    Ok((step, Effects::changed(deleted.collect::<Vec<_>>())))
}

fn ids(found: &[EndedPlace]) -> Vec<i64> {
    found.iter().map(|place| place.id.0).collect()
}
