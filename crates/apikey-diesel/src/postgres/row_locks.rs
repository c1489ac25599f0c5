//! The statements that lock rows in an order.

use super::connection::Connection;
use crate::row_lock::{Row, RowLocks, Strength};
use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt},
};
use diesel_async::RunQueryDsl;
use std::sync::LazyLock;

/// The advisory lock that protects the number of active platform admins, and what users
/// are called.
const PLATFORM_ADMINS_LOCK: i64 = 0x6170_696b_6579_0001;

/// The tables, each with its number and what identifies a row of it. Number 0 is the
/// advisory lock.
const TABLES: [(i64, &str, &str); 4] = [
    (1, "users", "id = w.id"),
    (2, "principals", "id = w.id"),
    (
        3,
        "memberships",
        "organization_id = w.id AND user_id = w.other",
    ),
    (4, "api_keys", "id = w.id"),
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

/// One of the two, prepared once.
struct Statement<'a> {
    begin: &'a str,
    arguments: Arguments,
    end: &'static str,
}

#[derive(Default)]
struct Arguments {
    what: Vec<i64>,
    id: Vec<i64>,
    other: Vec<i64>,
}

/// Takes locks in their order, and waits for others as long as it takes.
pub(super) async fn lock(connection: &mut Connection, locks: &RowLocks) -> QueryResult<()> {
    let statement = Statement {
        begin: &LOCK,
        arguments: Arguments::of(locks),
        end: LOCK_END,
    };
    let _locked: i64 = statement.get_result(connection).await?;
    Ok(())
}

/// Returns the rows that other transactions have locked; locks the others.
pub(super) async fn held_by_others(
    connection: &mut Connection,
    locks: &RowLocks,
) -> QueryResult<Vec<Row>> {
    let statement = Statement {
        begin: &TRY,
        arguments: Arguments::of(locks),
        end: TRY_END,
    };
    let places: Vec<i64> = statement.load(connection).await?;
    let rows: Vec<Row> = locks.iter().map(|(row, _)| row).collect();
    let row = |place: i64| rows.get(usize::try_from(place).ok()?.checked_sub(1)?);
    Ok(places.into_iter().filter_map(row).copied().collect())
}

// === impl Arguments ===

impl Arguments {
    fn of(locks: &RowLocks) -> Self {
        let mut arguments = Self::default();
        for (row, strength) in locks.iter() {
            let (table, id, other) = match row {
                Row::PlatformAdmins => (0, PLATFORM_ADMINS_LOCK, 0),
                Row::User(id) => (1, id, 0),
                Row::Principal(id) => (2, id, 0),
                Row::Membership(organization_id, user_id) => (3, organization_id, user_id),
                Row::ApiKey(id) => (4, id, 0),
            };
            let clause = match strength {
                _ if table == 0 => 0,
                Strength::KeyShare => 0,
                Strength::Share => 1,
                Strength::Update => 2,
            };
            arguments.what.push(TABLE * table + clause);
            arguments.id.push(id);
            arguments.other.push(other);
        }
        arguments
    }
}

// === impl Statement ===

impl Query for Statement<'_> {
    type SqlType = BigInt;
}

/// The text is the key of the prepared statement.
impl QueryId for Statement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Statement<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(self.begin);
        out.push_bind_param::<Array<BigInt>, _>(&self.arguments.what)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.arguments.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.arguments.other)?;
        out.push_sql(self.end);
        Ok(())
    }
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
