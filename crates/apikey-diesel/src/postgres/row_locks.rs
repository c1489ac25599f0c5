//! The statements that lock rows in an order.

use super::{
    array_statement::{ArrayStatement, Column},
    connection::Connection,
};
use crate::row_lock::{Row, RowLocks, Strength};
use diesel::{QueryResult, sql_types::BigInt};
use diesel_async::RunQueryDsl;
use std::sync::LazyLock;

/// The advisory lock that protects the number of active platform admins, and what users
/// are called.
const PLATFORM_ADMINS_LOCK: i64 = 0x6170_696b_6579_0001;

/// The tables, each with its number and what identifies a row of it. Number 0 is the
/// advisory lock.
const TABLES: [(i64, &str, &str); 5] = [
    (1, "users", "id = w.id"),
    (2, "principals", "id = w.id"),
    (
        3,
        "memberships",
        "organization_id = w.id AND user_id = w.other",
    ),
    (4, "api_keys", "id = w.id"),
    (5, "sessions", "id = w.id"),
];
/// The clauses, each with its number.
const CLAUSES: [(i64, &str); 3] = [(0, "KEY SHARE"), (1, "SHARE"), (2, "UPDATE")];
/// How much the number of a table counts beside that of a clause.
const TABLE: i64 = 10;

/// Locks rows in the order of the arrays: each is locked by a subquery of its own.
static LOCK: LazyLock<String> = LazyLock::new(|| {
    let each = for_each(|table, is_row, clause| {
        format!("(SELECT 1 FROM {table} WHERE {is_row} FOR {clause})")
    });
    format!(
        "SELECT COUNT(CASE w.what WHEN 0 THEN (SELECT 1 FROM pg_advisory_xact_lock(w.id)) \
         {each} END) FROM unnest("
    )
});
const LOCK_END: &str = ") AS w (what, id, other)";

/// Locks the rows that no other transaction has locked, and returns the places of those
/// that one has.
static TRY: LazyLock<String> = LazyLock::new(|| {
    let each = for_each(|table, is_row, clause| {
        format!(
            "(SELECT 1 FROM {table} WHERE {is_row} FOR {clause} SKIP LOCKED) IS NULL \
             AND EXISTS (SELECT 1 FROM {table} WHERE {is_row})"
        )
    });
    format!(
        "SELECT place FROM (SELECT w.place, CASE w.what \
         WHEN 0 THEN NOT pg_try_advisory_xact_lock(w.id) {each} END AS is_held FROM unnest("
    )
});
const TRY_END: &str = ") WITH ORDINALITY AS w (what, id, other, place)) AS tried WHERE is_held";

/// Takes locks in their order, and waits for others as long as it takes.
pub(super) async fn lock(connection: &mut Connection, locks: &RowLocks) -> QueryResult<()> {
    let statement = statement(&LOCK, locks, LOCK_END);
    let _locked: i64 = statement.get_result(connection).await?;
    Ok(())
}

/// Returns the rows that other transactions have locked; locks the others.
pub(super) async fn held_by_others(
    connection: &mut Connection,
    locks: &RowLocks,
) -> QueryResult<Vec<Row>> {
    let statement = statement(&TRY, locks, TRY_END);
    let places: Vec<i64> = statement.load(connection).await?;
    let rows: Vec<Row> = locks.iter().map(|(row, _)| row).collect();
    let row = |place: i64| rows.get(usize::try_from(place).ok()?.checked_sub(1)?);
    Ok(places.into_iter().filter_map(row).copied().collect())
}

/// Returns one of the two, over arrays that say what is locked.
fn statement<'a>(begin: &'a str, locks: &RowLocks, end: &'a str) -> ArrayStatement<'a, BigInt> {
    let locks: Vec<_> = locks
        .iter()
        .map(|(row, strength)| of(row, strength))
        .collect();
    let column = |number: fn(&[i64; 3]) -> i64| {
        Column::Numbers(locks.iter().map(|lock| Some(number(lock))).collect())
    };
    let columns = vec![
        column(|[what, _, _]| *what),
        column(|[_, id, _]| *id),
        column(|[_, _, other]| *other),
    ];
    ArrayStatement::new(begin, columns, end)
}

/// Returns what is locked, and what identifies the row.
fn of(row: Row, strength: Strength) -> [i64; 3] {
    let (table, id, other) = match row {
        Row::PlatformAdmins => (0, PLATFORM_ADMINS_LOCK, 0),
        Row::User(id) => (1, id, 0),
        Row::Principal(id) => (2, id, 0),
        Row::Membership(organization_id, user_id) => (3, organization_id, user_id),
        Row::ApiKey(id) => (4, id, 0),
        Row::Session(id) => (5, id, 0),
    };
    let clause = match strength {
        _ if table == 0 => 0,
        Strength::KeyShare => 0,
        Strength::Share => 1,
        Strength::Update => 2,
    };
    [TABLE * table + clause, id, other]
}

/// Returns the arms of a `CASE` for each table and each clause.
fn for_each(arm: impl Fn(&str, &str, &str) -> String) -> String {
    let mut arms = Vec::new();
    for (table_number, table, is_row) in TABLES {
        for (clause_number, clause) in CLAUSES {
            let number = TABLE * table_number + clause_number;
            arms.push(format!("WHEN {number} THEN {}", arm(table, is_row, clause)));
        }
    }
    arms.join(" ")
}
