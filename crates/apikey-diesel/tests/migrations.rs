//! Migrations, up and down, and several at once.

use apikey_diesel::{Database, DatabaseUrl, testing::TestDatabase};

#[tokio::test]
async fn what_is_up_to_date_stays_so() {
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let database = database.unwrap();
        let applied = Database::new(&database.url).unwrap().migrate().await;
        assert_eq!(applied.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_database_can_be_taken_down_to_nothing_and_up_again() {
    for database in [TestDatabase::sqlite().await, TestDatabase::postgres().await] {
        let database = database.unwrap();
        let all = Database::new(&database.url).unwrap();
        let reverted = all.revert_all().await.unwrap();
        assert!(!reverted.is_empty());
        assert_eq!(all.migrate().await.unwrap().len(), reverted.len());
        let store = database.open().unwrap();
        assert!(!store.directory.has_users().await.unwrap());
    }
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let database = TestDatabase::empty_postgres().await.unwrap();
    let nodes = (0..8).map(|_| migrate(&database.url));
    let applied = futures_util::future::join_all(nodes).await;
    let busy = applied.iter().filter(|names| !names.is_empty()).count();
    assert_eq!(busy, 1, "{applied:?}");
}

async fn migrate(url: &DatabaseUrl) -> Vec<String> {
    let database = Database::new(url).expect("a test's URL is valid");
    database.migrate().await.expect("a fresh database migrates")
}
