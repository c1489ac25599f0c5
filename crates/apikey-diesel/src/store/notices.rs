//! Records that keys expire, in the writer's transaction.
//!
//! One transaction of all nodes does so at a time: the others find the advisory lock taken
//! and do nothing.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
    key_change, pieces,
};
use crate::{
    columns,
    failure::{Failure, from_diesel},
    row_lock::{Row, RowLocks, Strength},
    rows::{self, ApiKeyRow, ApiKeySizeRow, EXPIRES, OWN_EXPIRY, SizeRow},
    schema::{api_key_notices, api_key_uses, api_keys, expiry_notices, key_users},
};
use apikey_domain::{
    change::{
        Change, Protocol,
        notice::{ExpiryNotices, ExpiryPlace, KeyNotice, Notice, NoticeWindow},
    },
    error::PortError,
    identifier::ApiKeyId,
    key::api_key::ApiKey,
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
        let found = match start(connection, &window).await? {
            Some(start) => next(connection, start, window.until, most).await?,
            None => Vec::new(),
        };
        let Some(found) = fitting(connection, found).await? else {
            set_reached(connection, window.notice, window.end()).await?;
            continue;
        };
        if let Some(last) = found.last() {
            set_reached(connection, window.notice, *last).await?;
        }
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

/// Returns those of these places whose keys one transaction reads; `None` if there are none.
async fn fitting(
    connection: &mut Connection,
    mut found: Vec<ExpiryPlace>,
) -> QueryResult<Option<Vec<ExpiryPlace>>> {
    if found.is_empty() {
        return Ok(None);
    }
    let mut sizes: Vec<ApiKeySizeRow> = api_keys::table
        .inner_join(key_users::table)
        .filter(api_keys::id.eq_any(ids(&found)))
        .select(columns::api_key_size())
        .load(connection)
        .await?;
    sizes.sort_by_key(|size| found.iter().position(|place| place.id.0 == size.id()));
    let fitting = pieces::fitting_batch(&sizes);
    // Of those that are gone meanwhile there is no size.
    if let Some(next) = sizes.get(fitting) {
        let next = found.iter().position(|place| place.id.0 == next.id());
        found.truncate(next.unwrap_or(found.len()));
    }
    Ok(Some(found))
}

/// Gives a notice to those of these keys of which it is due.
async fn give_to(
    connection: &mut Connection,
    notices: &ExpiryNotices,
    now: Timestamp,
    notice: Notice,
    found: &[ExpiryPlace],
) -> Result<Vec<Change>, Failure> {
    let keys = locked(connection, found).await?;
    let given: Vec<(i64, i64, i64)> = api_key_notices::table
        .filter(api_key_notices::api_key_id.eq_any(ids(found)))
        .load(connection)
        .await?;
    let given = given.into_iter();
    let given: BTreeMap<i64, (i64, i64)> = given
        .map(|(id, expires_at, days)| (id, (expires_at, days)))
        .collect();
    let days = i64::from(notice.days());
    let mut changes = Vec::new();
    for key in keys {
        let Some(ExpiryPlace { expires_at, id }) = ExpiryPlace::of(&key) else {
            continue;
        };
        let expires_at = expires_at.microseconds();
        let last = given.get(&id.0);
        let has_it = last.is_some_and(|last| last.0 == expires_at && last.1 <= days);
        if has_it || notices.due(&key, now) != Some(notice) {
            continue;
        }
        let row = (
            api_key_notices::expires_at.eq(expires_at),
            api_key_notices::days.eq(days),
        );
        diesel::insert_into(api_key_notices::table)
            .values((api_key_notices::api_key_id.eq(id.0), row))
            .on_conflict(api_key_notices::api_key_id)
            .do_update()
            .set(row)
            .execute(connection)
            .await?;
        changes.push(Change::Notice(KeyNotice { notice, key }));
    }
    Ok(changes)
}

/// Locks these keys, and returns those that there are still, as they are now.
async fn locked(
    connection: &mut Connection,
    found: &[ExpiryPlace],
) -> Result<Vec<ApiKey>, Failure> {
    let mut locks = RowLocks::default();
    for place in found {
        locks.add(Row::ApiKey(place.id.0), Strength::Share);
    }
    backend::lock_rows(connection, &locks).await?;
    let rows: Vec<ApiKeyRow> = api_keys::table
        .inner_join(key_users::table)
        .left_join(api_key_uses::table)
        .filter(api_keys::id.eq_any(ids(found)))
        .select(columns::api_key())
        .order_by((sql::<BigInt>(OWN_EXPIRY).asc(), api_keys::id.asc()))
        .load(connection)
        .await?;
    Ok(rows::all(rows)?)
}

fn ids(found: &[ExpiryPlace]) -> Vec<i64> {
    found.iter().map(|place| place.id.0).collect()
}

/// Returns a place as it is stored. An instant beyond the calendar is its end.
fn place((expires_at, id): (i64, i64)) -> ExpiryPlace {
    ExpiryPlace {
        expires_at: Timestamp::from_microseconds(expires_at).unwrap_or(Timestamp::MAX),
        id: ApiKeyId(id),
    }
}
