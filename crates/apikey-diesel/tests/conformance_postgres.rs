//! The conformance suite on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot start has failed")]

use apikey_diesel::testing::TestDatabase;
use apikey_testing::conformance::{Clause, TestKeys, TestStore};

fn run(clause: Clause<TestStore>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let database = TestDatabase::postgres().await.unwrap();
        let store = database.open().await.unwrap();
        clause(TestStore {
            keys: TestKeys {
                api_keys: store.api_keys,
                key_facts: store.key_facts,
                directory: store.directory,
            },
            event_log: store.event_log,
            change_feed: store.change_feed,
            removals: store.removals,
            idempotency_log: store.idempotency_log,
            sessions: store.sessions,
            endings: store.endings,
            imports: store.imports,
            import_view: store.import_view,
        })
        .await;
    });
}

apikey_testing::conformance_suite!(run);
