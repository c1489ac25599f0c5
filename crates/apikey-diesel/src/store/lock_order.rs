//! Takes the locks of a transaction at its beginning, in one order.

use super::{
    backend,
    connection::Connection,
    job::Job,
    lock::{Lock, add_grounds},
};
use crate::{
    row_lock::{Row, RowLocks, Strength},
    schema::{memberships, users},
};
use diesel::{ExpressionMethods, QueryDsl, QueryResult};
use diesel_async::RunQueryDsl;

/// Takes the locks of all jobs of a transaction. Returns false, and takes none, if the
/// first judgment takes them all, in the same order.
pub(super) async fn take(connection: &mut Connection, batch: &[Box<dyn Job>]) -> QueryResult<bool> {
    if !backend::HAS_ROW_LOCKS || is_one_judgment(batch) {
        return Ok(false);
    }
    let mut locks = RowLocks::default();
    for job in batch {
        add(&**job, &mut locks);
        if let Lock::EndOfUser(id) = job.footing().1 {
            for principal in principals_of(connection, id.0).await? {
                locks.add(Row::Principal(principal), Strength::Update);
            }
        }
    }
    backend::lock_rows(connection, &locks).await?;
    Ok(true)
}

/// Returns which jobs need a row that another transaction holds at this moment.
pub(super) async fn blocked(
    connection: &mut Connection,
    batch: &[Box<dyn Job>],
) -> QueryResult<Vec<bool>> {
    let each: Vec<RowLocks> = batch.iter().map(|job| of(&**job)).collect();
    let mut all = RowLocks::default();
    for (row, strength) in each.iter().flat_map(RowLocks::iter) {
        all.add(row, strength);
    }
    let held = backend::rows_held_by_others(connection, &all).await?;
    let is_held = |locks: &RowLocks| held.iter().any(|row| locks.strength(*row).is_some());
    Ok(each.iter().map(is_held).collect())
}

/// Returns whether all jobs rest on the same, and need no lock that the statement which
/// reads this does not take.
fn is_one_judgment(batch: &[Box<dyn Job>]) -> bool {
    let Some(first) = batch.first() else {
        return true;
    };
    let (grounds, lock) = first.footing();
    if batch.len() == 1 && lock.is_taken_with_grounds() {
        return true;
    }
    let mut read = RowLocks::default();
    if let Some(grounds) = grounds {
        add_grounds(grounds, &mut read);
    }
    let is_read = |(row, strength)| read.strength(row) >= Some(strength);
    batch.iter().all(|job| of(&**job).iter().all(is_read))
}

fn of(job: &dyn Job) -> RowLocks {
    let mut locks = RowLocks::default();
    add(job, &mut locks);
    locks
}

fn add(job: &dyn Job, locks: &mut RowLocks) {
    let (grounds, lock) = job.footing();
    if let Some(grounds) = grounds {
        add_grounds(grounds, locks);
    }
    lock.add_to(locks);
}

/// Returns the principals that are locked when a user is deleted: their own, and those of
/// their organizations. One that is joined meanwhile is locked later.
async fn principals_of(connection: &mut Connection, user_id: i64) -> QueryResult<Vec<i64>> {
    let own = users::table.find(user_id).select(users::principal_id);
    let mut principals: Vec<i64> = own.load(connection).await?;
    let joined = memberships::table
        .filter(memberships::user_id.eq(user_id))
        .select(memberships::organization_id);
    principals.extend(joined.load::<i64>(connection).await?);
    Ok(principals)
}
