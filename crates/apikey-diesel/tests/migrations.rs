//! Migrations: up, down, and several at the same time.

use apikey_diesel::{Database, DatabaseUrl, testing::TestDatabase};

#[tokio::test]
async fn an_up_to_date_database_is_left_alone() {
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let database = database.unwrap();
        let applied = Database::new(&database.url).unwrap().migrate().await;
        assert_eq!(applied.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn all_migrations_can_be_reverted_and_applied_again() {
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let database = database.unwrap();
        let migrations = Database::new(&database.url).unwrap();
        let reverted = migrations.revert_all().await.unwrap();
        assert!(!reverted.is_empty());
        assert_eq!(migrations.migrate().await.unwrap().len(), reverted.len());
        let store = database.open().await.unwrap();
        assert!(!store.directory.has_users().await.unwrap());
    }
}

/// They say of a database with few rows that a scan finds a row as fast as an index.
#[tokio::test]
async fn what_analyze_has_found_on_sqlite_is_forgotten() {
    let database = TestDatabase::sqlite().await.unwrap();
    let statistics = "SELECT 1 / COUNT(*) FROM sqlite_stat1".to_owned();
    let analyze = ["ANALYZE".to_owned(), statistics.clone()];
    database.execute(&analyze).await.unwrap();
    migrate(&database.url).await;
    assert!(
        database.execute(&[statistics]).await.is_err(),
        "they are there"
    );
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let database = TestDatabase::empty_postgres().await.unwrap();
    let nodes = (0..8).map(|_| migrate(&database.url));
    let applied = futures_util::future::join_all(nodes).await;
    let migrating = applied.iter().filter(|names| !names.is_empty()).count();
    assert_eq!(migrating, 1, "{applied:?}");
}

/// A transaction that reads for long holds a migration up, which in turn lets others by.
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_waits_for_a_reader_and_others_do_not_wait_for_it() {
    let database = TestDatabase::postgres().await.unwrap();
    let (client, driver) = tokio_postgres::connect(&database.url_text, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(driver);
    let again = "DROP INDEX users_to_fold, organizations_to_fold, api_keys_to_fold, \
                 users_likeness_as_written, users_likeness_folded, users_likeness_in_capitals; \
                 DELETE FROM __diesel_schema_migrations WHERE version = '20261128000001'";
    client.batch_execute(again).await.unwrap();
    let hold = "BEGIN; LOCK TABLE users IN ROW EXCLUSIVE MODE";
    client.batch_execute(hold).await.unwrap();
    let migrating = tokio::spawn({
        let url = database.url.clone();
        async move { migrate(&url).await }
    });
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    assert!(!migrating.is_finished());
    client.batch_execute("COMMIT").await.unwrap();
    assert_eq!(migrating.await.unwrap(), ["20261128000001"]);
}

async fn migrate(url: &DatabaseUrl) -> Vec<String> {
    let database = Database::new(url).expect("a test's URL is valid");
    database.migrate().await.expect("a fresh database migrates")
}

#[tokio::test]
async fn events_from_another_server_come_before_those_of_this_one() {
    let database = TestDatabase::postgres().await.unwrap();
    let (client, driver) = tokio_postgres::connect(&database.url_text, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(driver);
    // As after a restore into a server with lower transaction ids.
    let restored = "INSERT INTO events (horizon, transaction_id, kind, at) \
                    VALUES (9000000000, 9000000000, 'user.created', 0); \
                    UPDATE event_floor SET horizon = 8000000000, number = 0";
    client.batch_execute(restored).await.unwrap();
    let _applied = migrate(&database.url).await;
    let horizons = "SELECT (SELECT max(horizon) FROM events), (SELECT horizon FROM event_floor)";
    let row = client.query_one(horizons, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), (0_i64, 0_i64));
}
