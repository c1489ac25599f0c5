//! Records that keys expire, in the writer's transaction.
//!
//! One transaction of all nodes does so at a time: the others find the advisory lock taken
//! and do nothing.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
    key_batch, key_change,
};
use crate::{
    failure::{Failure, from_diesel},
    row_lock::Strength,
    rows::{EXPIRES, OWN_EXPIRY},
    schema::{api_key_notices, api_keys, expiry_notices},
};
use apikey_domain::{
    change::{
        Change, Protocol,
        notice::{ExpiryNotices, ExpiryPlace, KeyNotice, LastNotice, Notice, NoticeWindow},
    },
    error::PortError,
    identifier::ApiKeyId,
    port::endings::NoticeStep,
    timestamp::Timestamp,
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult,
    dsl::sql,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;
use std::collections::BTreeMap;

/// Returns whether there is anything to do for one of these windows.
pub(super) async fn has_any(
    connection: &mut Connection,
    windows: &[NoticeWindow],
) -> Result<bool, PortError> {
    for window in windows {
        let start = start(connection, window).await.map_err(from_diesel)?;
        let found = match start {
            Some(start) => next(connection, start, window.until, 1).await,
            None => return Ok(true),
        };
        if !found.map_err(from_diesel)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Gives the notices of at most `most` keys of one window.
pub(super) async fn give(
    connection: &mut Connection,
    notices: &ExpiryNotices,
    now: Timestamp,
    most: u32,
) -> Written<NoticeStep> {
    let idle = NoticeStep {
        given: 0,
        has_more: false,
    };
    if !backend::try_lock_endings(connection).await? {
        return Ok((idle, Effects::none()));
    }
    key_change::require_protocol(connection, Protocol::NOTICES).await?;
    for window in notices.windows(now) {
        let mut found = match start(connection, &window).await? {
            Some(start) => next(connection, start, window.until, most).await?,
            None => Vec::new(),
        };
        key_batch::fit(connection, &mut found, |place| place.id.0).await?;
        let Some(last) = found.last() else {
            set_reached(connection, window.notice, window.end()).await?;
            continue;
        };
        set_reached(connection, window.notice, *last).await?;
        let changes = give_to(connection, notices, now, window.notice, &found).await?;
        let step = NoticeStep {
            given: u32::try_from(changes.len()).unwrap_or(u32::MAX),
            has_more: true,
        };
        return Ok((step, Effects::changed(changes)));
    }
    Ok((idle, Effects::none()))
}

/// Returns after which key to look in a window.
async fn start(
    connection: &mut Connection,
    window: &NoticeWindow,
) -> QueryResult<Option<ExpiryPlace>> {
    let reached: Option<(i64, i64)> = expiry_notices::table
        .find(i64::from(window.notice.days()))
        .select((expiry_notices::expires_at, expiry_notices::api_key_id))
        .get_result(connection)
        .await
        .optional()?;
    Ok(window.start(reached.map(place)))
}

/// Remembers up to which key a notice was given.
async fn set_reached(
    connection: &mut Connection,
    notice: Notice,
    reached: ExpiryPlace,
) -> QueryResult<()> {
    let place = (
        expiry_notices::expires_at.eq(reached.expires_at.microseconds()),
        expiry_notices::api_key_id.eq(reached.id.0),
    );
    diesel::insert_into(expiry_notices::table)
        .values((expiry_notices::days.eq(i64::from(notice.days())), place))
        .on_conflict(expiry_notices::days)
        .do_update()
        .set(place)
        .execute(connection)
        .await
        .map(drop)
}

/// Returns the places of the first keys after one that expire by then.
async fn next(
    connection: &mut Connection,
    start: ExpiryPlace,
    until: Timestamp,
    most: u32,
) -> QueryResult<Vec<ExpiryPlace>> {
    let (expires_at, id) = (start.expires_at.microseconds(), start.id.0);
    let own_expiry = || sql::<BigInt>(OWN_EXPIRY);
    let first = |count: usize| {
        api_keys::table
            .filter(sql::<Bool>(EXPIRES))
            .select((own_expiry(), api_keys::id))
            .limit(i64::try_from(count).unwrap_or(i64::MAX))
    };
    let most = most as usize;
    // Each of the two begins at its place in the index; a pair would not on SQLite.
    let at_once = first(most)
        .filter(own_expiry().eq(expires_at))
        .filter(api_keys::id.gt(id))
        .order_by(api_keys::id.asc());
    let mut found: Vec<(i64, i64)> = match id {
        i64::MAX => Vec::new(),
        _ => at_once.load(connection).await?,
    };
    if found.len() < most {
        let later = first(most - found.len())
            .filter(own_expiry().gt(expires_at))
            .filter(own_expiry().le(until.microseconds()))
            .order_by((own_expiry().asc(), api_keys::id.asc()));
        let later: Vec<(i64, i64)> = later.load(connection).await?;
        found.extend(later);
    }
    Ok(found.into_iter().map(place).collect())
}

/// Gives a notice to those of these keys of which it is due.
async fn give_to(
    connection: &mut Connection,
    notices: &ExpiryNotices,
    now: Timestamp,
    notice: Notice,
    found: &[ExpiryPlace],
) -> Result<Vec<Change>, Failure> {
    let mut keys = key_batch::locked(connection, &ids(found), Strength::Share).await?;
    keys.sort_by_key(ExpiryPlace::of);
    let given: Vec<(i64, i64, i64)> = api_key_notices::table
        .filter(api_key_notices::api_key_id.eq_any(ids(found)))
        .load(connection)
        .await?;
    let given = given.into_iter().map(last_notice);
    let given: BTreeMap<ApiKeyId, LastNotice> = given.collect::<Result<_, _>>()?;
    let mut changes = Vec::new();
    for key in keys {
        let last = given.get(&key.id).copied();
        let due = notices.due(&key, last, now).filter(|due| *due == notice);
        let Some((place, notice)) = ExpiryPlace::of(&key).zip(due) else {
            continue;
        };
        let row = (
            api_key_notices::expires_at.eq(place.expires_at.microseconds()),
            api_key_notices::days.eq(i64::from(notice.days())),
        );
        diesel::insert_into(api_key_notices::table)
            .values((api_key_notices::api_key_id.eq(key.id.0), row))
            .on_conflict(api_key_notices::api_key_id)
            .do_update()
            .set(row)
            .execute(connection)
            .await?;
        changes.push(Change::Notice(KeyNotice { notice, key }));
    }
    Ok(changes)
}

fn ids(found: &[ExpiryPlace]) -> Vec<i64> {
    found.iter().map(|place| place.id.0).collect()
}

/// Returns a key and the last notice that it was given.
fn last_notice(
    (id, expires_at, days): (i64, i64, i64),
) -> Result<(ApiKeyId, LastNotice), PortError> {
    let corrupt = || PortError::Corrupt(format!("the last notice of key {id}: {days} days"));
    let notice = Notice::of_days(u16::try_from(days).map_err(|_| corrupt())?);
    let expires_at = place((expires_at, id)).expires_at;
    Ok((ApiKeyId(id), LastNotice { notice, expires_at }))
}

/// Returns a place as it is stored. An instant beyond the calendar is its end.
fn place((expires_at, id): (i64, i64)) -> ExpiryPlace {
    ExpiryPlace {
        expires_at: Timestamp::from_microseconds(expires_at).unwrap_or(Timestamp::MAX),
        id: ApiKeyId(id),
    }
}
