//! The conformance suite on SQLite.

#![expect(clippy::unwrap_used, reason = "a test that cannot start has failed")]

#[path = "model/parts.rs"]
mod parts;

use apikey_diesel::testing::TestDatabase;
use apikey_testing::conformance::{Clause, TestStore};
use parts::open;

fn run(clause: Clause<TestStore>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let database = TestDatabase::sqlite().await.unwrap();
        clause(open(&database).await).await;
    });
}

apikey_testing::conformance_suite!(run);
