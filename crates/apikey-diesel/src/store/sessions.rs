//! Reads and writes sessions. Writes run in the writer's transaction and have no events: a
//! session is read from here each time, so nobody has to learn of its end.

use super::{
    backend,
    connection::Connection,
    job::{Effects, Written},
};
use crate::{
    columns,
    failure::{Failure, from_diesel},
    rows::{self, SessionIdRow, SessionRow, UserRow, current_session, user_credential},
    schema::{sessions, users},
};
use apikey_domain::{
    error::PortError,
    identifier::{SessionId, UserId},
    identity::{
        password::PasswordHash,
        session::{NewSession, Session, SessionDigest, SessionLifetime},
    },
    port::sessions::StoredSession,
    timestamp::Timestamp,
};
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// The columns of [`SessionRow`].
const SESSION: (
    sessions::id,
    sessions::user_id,
    sessions::created_at,
    sessions::last_used_at,
    sessions::expires_at,
) = (
    sessions::id,
    sessions::user_id,
    sessions::created_at,
    sessions::last_used_at,
    sessions::expires_at,
);

/// Runs under the lock of the user, so that those who count do so one after another.
pub(super) async fn open(connection: &mut Connection, new: &NewSession) -> Written<Session> {
    let id: i64 = diesel::insert_into(sessions::table)
        .values((
            sessions::digest.eq(new.digest.as_bytes().to_vec()),
            sessions::user_id.eq(new.user_id.0),
            sessions::password_hash.eq(new.password_hash.as_str()),
            sessions::created_at.eq(new.created_at.microseconds()),
            sessions::last_used_at.eq(new.created_at.microseconds()),
            sessions::expires_at.eq(new.expires_at.microseconds()),
        ))
        .returning(sessions::id)
        .get_result(connection)
        .await?;
    let more: Vec<i64> = sessions::table
        .filter(sessions::user_id.eq(new.user_id.0))
        .order_by(sessions::id.desc())
        .offset(i64::from(Session::MOST_PER_USER))
        .limit(i64::from(Session::MOST_PER_USER))
        .select(sessions::id)
        .load(connection)
        .await?;
    if !more.is_empty() {
        diesel::delete(sessions::table.filter(sessions::id.eq_any(more)))
            .execute(connection)
            .await?;
    }
    Ok((new.stored(SessionId(id)), Effects::none()))
}

pub(super) async fn find(
    connection: &mut Connection,
    digests: &[SessionDigest],
) -> Result<Option<StoredSession>, PortError> {
    let digests = digests.iter().map(|digest| digest.as_bytes().to_vec());
    let found: Option<(SessionRow, String, (UserRow, String))> = sessions::table
        .inner_join(users::table)
        .filter(sessions::digest.eq_any(digests.collect::<Vec<_>>()))
        .select((
            SESSION,
            sessions::password_hash,
            (columns::USER, users::password_hash),
        ))
        .first(connection)
        .await
        .optional()
        .map_err(from_diesel)?;
    let stored = found.map(|(session, hash, user)| {
        Ok(StoredSession {
            current: current_session(session, hash)?,
            user: user_credential(user)?,
        })
    });
    stored.transpose()
}

pub(super) async fn of_user(
    connection: &mut Connection,
    user_id: UserId,
) -> Result<Vec<Session>, PortError> {
    let mut rows: Vec<SessionRow> = sessions::table
        .inner_join(users::table)
        .filter(sessions::user_id.eq(user_id.0))
        .filter(sessions::password_hash.eq(users::password_hash))
        .order_by(sessions::id.desc())
        .limit(i64::from(Session::MOST_PER_USER))
        .select(SESSION)
        .load(connection)
        .await
        .map_err(from_diesel)?;
    rows.reverse();
    rows::all(rows)
}

pub(super) async fn end(
    connection: &mut Connection,
    user_id: UserId,
    id: SessionId,
) -> Written<bool> {
    let theirs = sessions::table.filter(sessions::user_id.eq(user_id.0));
    let ended = diesel::delete(theirs.filter(sessions::id.eq(id.0)))
        .execute(connection)
        .await?;
    Ok((ended > 0, Effects::none()))
}

/// Ends the sessions of a user who gets another password, but one, which goes on. Runs under
/// the lock of the user.
pub(super) async fn end_all_but(
    connection: &mut Connection,
    user_id: UserId,
    kept: Option<SessionId>,
    hash: &PasswordHash,
) -> Result<(), Failure> {
    let theirs = sessions::user_id.eq(user_id.0);
    let kept = kept.map_or(0, |id| id.0);
    diesel::delete(sessions::table.filter(theirs.and(sessions::id.ne(kept))))
        .execute(connection)
        .await?;
    diesel::update(sessions::table.filter(theirs.and(sessions::id.eq(kept))))
        .set(sessions::password_hash.eq(hash.as_str()))
        .execute(connection)
        .await?;
    Ok(())
}

/// Lets the sessions go on that rest on a password whose hash is replaced.
pub(super) async fn renew(
    connection: &mut Connection,
    user_id: UserId,
    old: &PasswordHash,
    new: &PasswordHash,
) -> Result<(), Failure> {
    let theirs = sessions::table.filter(sessions::user_id.eq(user_id.0));
    diesel::update(theirs.filter(sessions::password_hash.eq(old.as_str())))
        .set(sessions::password_hash.eq(new.as_str()))
        .execute(connection)
        .await?;
    Ok(())
}

/// Records the uses of the sessions that nobody holds at the moment: a write of such a one is
/// under way, and its next use will be recorded.
pub(super) async fn record_uses(
    connection: &mut Connection,
    ids: &[i64],
    at: Timestamp,
    lifetime: SessionLifetime,
) -> Written<()> {
    let list: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let idle_until = at.plus_seconds(lifetime.idle_seconds());
    let idle_until = idle_until.unwrap_or(Timestamp::MAX).microseconds();
    let used = format!(
        "id IN ({}) AND last_used_at < {at} AND expires_at > {at}",
        list.join(", "),
        at = at.microseconds()
    );
    let free = rows_of(connection, &used, list.len(), backend::SKIP_LOCKED).await?;
    let of_these = || sessions::table.filter(sessions::id.eq_any(&free));
    diesel::update(of_these())
        .set((
            sessions::last_used_at.eq(at.microseconds()),
            sessions::expires_at.eq(idle_until),
        ))
        .execute(connection)
        .await?;
    // What began so long ago ends before it was idle for so long.
    let whole = lifetime.whole_seconds() * 1_000_000;
    diesel::update(of_these().filter(sessions::created_at.lt(idle_until - whole)))
        .set(sessions::expires_at.eq(sessions::created_at + whole))
        .execute(connection)
        .await?;
    Ok(((), Effects::none()))
}

/// Returns whether any session has expired.
pub(super) async fn has_expired(
    connection: &mut Connection,
    now: Timestamp,
) -> Result<bool, PortError> {
    for ended in expired(now) {
        let first = rows_of(connection, &ended, 1, "").await;
        if !first.map_err(from_diesel)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Deletes at most `most` sessions that have expired and that nobody holds at the moment.
/// Returns how many.
pub(super) async fn delete_expired(
    connection: &mut Connection,
    now: Timestamp,
    most: u32,
) -> Written<u64> {
    let mut free = Vec::new();
    for ended in expired(now) {
        let left = most as usize - free.len();
        free.extend(rows_of(connection, &ended, left, backend::SKIP_LOCKED).await?);
    }
    let deleted = diesel::delete(sessions::table.filter(sessions::id.eq_any(free)))
        .execute(connection)
        .await?;
    Ok((deleted as u64, Effects::none()))
}

/// Returns the condition that a session has expired, and that it would last longer than any.
///
/// Each is in the order of the index: a database that does not know yet how many rows have
/// expired, or that many of them are deleted, would read all others first.
fn expired(now: Timestamp) -> [String; 2] {
    let latest = SessionLifetime::latest_end(now).microseconds();
    let now = now.microseconds();
    [
        format!("expires_at <= {now} ORDER BY expires_at, id"),
        format!("expires_at > {latest} ORDER BY expires_at DESC, id DESC"),
    ]
}

async fn rows_of(
    connection: &mut Connection,
    condition: &str,
    most: usize,
    lock: &str,
) -> QueryResult<Vec<i64>> {
    let query = format!("SELECT id FROM sessions WHERE {condition} LIMIT {most}{lock}");
    let rows: Vec<SessionIdRow> = diesel::sql_query(query).load(connection).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
