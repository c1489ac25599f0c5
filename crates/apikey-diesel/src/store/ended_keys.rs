//! Deletes keys that ended long ago, in the writer's transaction.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
    pieces,
};
use crate::{
    columns,
    failure::{Failure, from_diesel},
    row_lock::{Row, RowLocks, Strength},
    rows::{self, ApiKeyRow, ApiKeySizeRow, EXPIRES, OWN_EXPIRY, SizeRow},
    schema::{api_key_uses, api_keys, key_users},
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
    fit(connection, &mut found).await?;
    let keys = locked(connection, &found).await?;
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

/// Leaves those of these places whose keys one transaction reads.
async fn fit(connection: &mut Connection, found: &mut Vec<EndedPlace>) -> QueryResult<()> {
    let mut sizes: Vec<ApiKeySizeRow> = api_keys::table
        .inner_join(key_users::table)
        .filter(api_keys::id.eq_any(ids(found)))
        .select(columns::api_key_size())
        .load(connection)
        .await?;
    let place = |size: &ApiKeySizeRow| found.iter().position(|place| place.id.0 == size.id());
    sizes.sort_by_key(place);
    // Of those that are gone meanwhile there is no size.
    let next = sizes.get(pieces::fitting_batch(&sizes)).and_then(place);
    found.truncate(next.unwrap_or(found.len()));
    Ok(())
}

/// Locks these keys, and returns those that there are still, as they are now, by id.
async fn locked(connection: &mut Connection, found: &[EndedPlace]) -> Result<Vec<ApiKey>, Failure> {
    let mut locks = RowLocks::default();
    for place in found {
        locks.add(Row::ApiKey(place.id.0), Strength::Update);
    }
    backend::lock_rows(connection, &locks).await?;
    let rows: Vec<ApiKeyRow> = api_keys::table
        .inner_join(key_users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq_any(ids(found)))
        .select(columns::api_key())
        .order_by(api_keys::id)
        .load(connection)
        .await?;
    Ok(rows::all(rows)?)
}

fn ids(found: &[EndedPlace]) -> Vec<i64> {
    found.iter().map(|place| place.id.0).collect()
}
