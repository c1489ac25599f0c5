//! Nodes of the release before serve while a migration waits for its tables: none of their
//! reads is given up for it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_diesel::{Database, testing::TestDatabase};
use std::time::{Duration, Instant};
use tokio_postgres::{Client, NoTls};

/// The migrations that lock tables which verifications read, newest first, the table that
/// each waits for, and what undoes it.
const LOCKING: [(&str, &str, &str); 6] = [
    (
        "20261130300001",
        "users",
        include_str!("../migrations/postgres/2026-11-30-300001_users_orders_indexes/down.sql"),
    ),
    (
        "20261130300000",
        "users",
        include_str!("../migrations/postgres/2026-11-30-300000_users_orders/down.sql"),
    ),
    (
        "20261130200002",
        "api_keys",
        include_str!("../migrations/postgres/2026-11-30-200002_imported_keys/down.sql"),
    ),
    (
        "20261130200001",
        "users",
        include_str!("../migrations/postgres/2026-11-30-200001_imported_users/down.sql"),
    ),
    (
        "20261130200000",
        "principals",
        include_str!("../migrations/postgres/2026-11-30-200000_imports/down.sql"),
    ),
    (
        "20261130000000",
        "users",
        include_str!("../migrations/postgres/2026-11-30-000000_sessions/down.sql"),
    ),
];

/// As a verification reads, the table of keys first.
const READ: &str = "SELECT count(*) FROM api_keys JOIN present_users ON present_users.id = user_id";

/// How long a migration may take until it waits.
const LIMIT: Duration = Duration::from_secs(30);

/// How long a read may take until it waits, too; where it need not, it is answered.
const SHORTLY: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_comes_while_a_migration_waits_is_answered() {
    // Each of them is the first one once.
    for count in 1..=LOCKING.len() {
        let database = TestDatabase::postgres().await.unwrap();
        let client = connect(&database.url_text).await;
        // Whoever writes holds it up.
        for held in ["users", "api_keys", "principals"] {
            let migrations = &LOCKING[..count];
            if migrations.iter().all(|(_, table, _)| *table != held) {
                continue;
            }
            undo(&client, migrations).await;
            let hold = format!("BEGIN; LOCK TABLE {held} IN ROW EXCLUSIVE MODE");
            client.batch_execute(&hold).await.unwrap();
            let migrations = Database::new(&database.url).unwrap();
            let migrating = tokio::spawn(async move { migrations.migrate().await });
            let reader = connect(&database.url_text).await;
            let is_waiting = until_waiting(&reader, 1, LIMIT).await;
            assert!(
                is_waiting,
                "{count} migrations wait for nobody who holds {held}"
            );
            let reading = tokio::spawn(async move { reader.query_one(READ, &[]).await });
            let watcher = connect(&database.url_text).await;
            until_waiting(&watcher, 2, SHORTLY).await;
            client.batch_execute("COMMIT").await.unwrap();
            let read = reading.await.unwrap();
            assert!(read.is_ok(), "{count} migrations, {held} held: {read:?}");
            migrating.await.unwrap().unwrap();
        }
    }
}

/// Undoes the last migrations.
async fn undo(client: &Client, migrations: &[(&str, &str, &str)]) {
    for (version, _, undo) in migrations {
        let forget = format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'");
        client.batch_execute(undo).await.unwrap();
        client.batch_execute(&forget).await.unwrap();
    }
}

async fn connect(url: &str) -> Client {
    let (client, driver) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(driver);
    client
}

/// Waits until so many wait for a table of this database.
async fn until_waiting(client: &Client, count: i64, limit: Duration) -> bool {
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'relation' \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        let found: i64 = client.query_one(waiting, &[]).await.unwrap().get(0);
        if found >= count {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}
