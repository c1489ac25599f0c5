//! A store as the clauses of the conformance suite take it.

use apikey_diesel::{Store, testing::TestDatabase};
use apikey_testing::conformance::{TestKeys, TestStore};

/// Opens a database.
pub(crate) async fn open(database: &TestDatabase) -> TestStore {
    let store: Store = database.open().await.unwrap();
    TestStore {
        keys: TestKeys {
            api_keys: store.api_keys,
            key_facts: store.key_facts,
            directory: store.directory,
        },
        event_log: store.event_log,
        change_feed: store.change_feed,
        removals: store.removals,
        idempotency_log: store.idempotency_log,
        peppers: store.peppers,
        sessions: store.sessions,
        endings: store.endings,
        imports: store.imports,
        import_view: store.import_view,
    }
}
