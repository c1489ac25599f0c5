//! Requests that may be sent again, in the writer's transaction.
//!
//! Whoever runs a request holds the advisory locks of its digests until the transaction
//! ends, so another node finds either the locks taken or what was committed. The digests of
//! two nodes with different current peppers have those in common that both nodes know.
//! Of a unique index one of the two would have to wait, and they might differ in it.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
    key_commands, key_quota,
};
use crate::{
    failure::{Failure, from_diesel},
    rows::{self, RememberedRow, RequestRow},
    schema::idempotency_keys,
};
use apikey_domain::{
    access::{policy::KeyReach, quota::Quota},
    error::{PortError, Refusal},
    idempotency::{Attempt, Remembered, Repeat, RequestDigest, Span},
    identifier::{ApiKeyId, PrincipalId},
    key::{api_key::NewApiKey, changes::ApiKeyChanges},
    port::idempotency_log::Once,
    timestamp::Timestamp,
};
use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// Creates a key and remembers the request, or returns what it made when it was sent before.
pub(super) async fn create(
    connection: &mut Connection,
    (quota, organization_id): (Quota, Option<PrincipalId>),
    new: &NewApiKey,
    reach: &KeyReach,
    attempt: &Attempt,
) -> Written<Once> {
    if let Some(repeat) = find(connection, attempt).await? {
        let api_key = key_commands::find(connection, repeat.api_key_id, reach).await?;
        // The first request may have revoked a key that this one takes the name of.
        return Ok((Once::Repeated { repeat, api_key }, Effects::repeat()));
    }
    let (key, effects) = key_quota::create(connection, quota, organization_id, new).await?;
    remember(connection, attempt.remembered(key.id)).await?;
    Ok((Once::Made(key), effects))
}

/// Changes a key and remembers the request, or returns what it made when it was sent before.
pub(super) async fn change(
    connection: &mut Connection,
    at: Timestamp,
    id: ApiKeyId,
    reach: &KeyReach,
    changes: &ApiKeyChanges,
    attempt: &Attempt,
) -> Written<Option<Once>> {
    if let Some(repeat) = find(connection, attempt).await? {
        let api_key = key_commands::find(connection, repeat.api_key_id, reach).await?;
        return Ok((Some(Once::Repeated { repeat, api_key }), Effects::repeat()));
    }
    let (key, effects) = key_commands::update(connection, at, id, reach, changes).await?;
    if key.is_some() {
        remember(connection, attempt.remembered(id)).await?;
    }
    Ok((key.map(Once::Made), effects))
}

/// Takes the locks of a request, and returns what it made when it was sent before.
async fn find(connection: &mut Connection, attempt: &Attempt) -> Result<Option<Repeat>, Failure> {
    let mut digests: Vec<&RequestDigest> = attempt.digests().collect();
    // Of two that take them in one order, one gets them all.
    digests.sort_by_key(|digest| digest.lock());
    for digest in &digests {
        if !backend::try_lock_request(connection, digest.lock()).await? {
            return Err(PortError::Refused(Refusal::RequestUnderWay).into());
        }
    }
    let digests: Vec<Vec<u8>> = digests
        .iter()
        .map(|digest| digest.as_bytes().to_vec())
        .collect();
    let rows: Vec<RememberedRow> = idempotency_keys::table
        .filter(idempotency_keys::request.eq_any(digests))
        .load(connection)
        .await?;
    let rows: Vec<Remembered> = rows::all(rows)?;
    Ok(attempt.repeats(rows)?)
}

/// Remembers a request. What was remembered of it for too long gives way.
async fn remember(connection: &mut Connection, remembered: Remembered) -> QueryResult<()> {
    let row = RememberedRow::from(remembered);
    diesel::insert_into(idempotency_keys::table)
        .values(row.clone())
        .on_conflict(idempotency_keys::request)
        .do_update()
        .set(row)
        .execute(connection)
        .await
        .map(drop)
}

/// Returns whether anything is to be wiped or forgotten.
pub(super) async fn has_bygone(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<bool, PortError> {
    for bygone in [to_wipe(now), to_forget(now)] {
        let first = rows_of(connection, &bygone, 1, "").await;
        if !first.map_err(from_diesel)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Wipes at most `most` secrets and forgets at most `most` requests that nobody else holds
/// at the moment. Returns how many in all.
pub(super) async fn forget(connection: &mut Connection, now: Timestamp, most: u32) -> Written<u64> {
    let wiped = rows_of(connection, &to_wipe(now), most, backend::SKIP_LOCKED).await?;
    let of_wiped = idempotency_keys::request.eq_any(wiped);
    let wiped = diesel::update(idempotency_keys::table.filter(of_wiped))
        .set((
            idempotency_keys::sealed.eq(None::<Vec<u8>>),
            idempotency_keys::sealed_until.eq(None::<i64>),
        ))
        .execute(connection)
        .await?;
    let old = rows_of(connection, &to_forget(now), most, backend::SKIP_LOCKED).await?;
    let of_old = idempotency_keys::request.eq_any(old);
    let forgotten = diesel::delete(idempotency_keys::table.filter(of_old))
        .execute(connection)
        .await?;
    Ok(((wiped + forgotten) as u64, Effects::none()))
}

fn to_wipe(now: Timestamp) -> String {
    outside(Remembered::open_at(now), "sealed_until")
}

fn to_forget(now: Timestamp) -> String {
    outside(Remembered::kept_at(now), "created_at")
}

/// Returns the condition that a date is not in a span.
fn outside(span: Span, column: &str) -> String {
    let (after, until) = (span.after.microseconds(), span.until.microseconds());
    format!("{column} <= {after} OR {column} > {until}")
}

async fn rows_of(
    connection: &mut Connection,
    bygone: &str,
    most: u32,
    lock: &str,
) -> QueryResult<Vec<Vec<u8>>> {
    let query = format!("SELECT request FROM idempotency_keys WHERE {bygone} LIMIT {most}{lock}");
    let rows: Vec<RequestRow> = diesel::sql_query(query).load(connection).await?;
    Ok(rows.into_iter().map(|row| row.request).collect())
}
