//! A search that would read too much is refused, and says what to narrow.

use crate::support::{TestApi, get};
use apikey_domain::{
    listing::TooBroad,
    port::{api_key_repository::MockApiKeyRepository, event_log::MockEventLog},
};
use std::sync::Arc;

const SHORT: TooBroad = TooBroad::ShortTerm { names: 100_000 };
const COMMON: TooBroad = TooBroad::CommonTerm {
    names: 100_000,
    candidates: 10_000,
};

/// Returns a repository that refuses whatever is searched in it.
fn refusing(too_broad: TooBroad) -> Arc<MockApiKeyRepository> {
    let mut repository = MockApiKeyRepository::new();
    repository
        .expect_list()
        .returning(move |_, _, _| Err(too_broad.into()));
    repository
        .expect_list_after()
        .returning(move |_, _, _, _| Err(too_broad.into()));
    Arc::new(repository)
}

/// Returns a record that refuses whatever is searched of its snapshots.
fn refusing_snapshots(too_broad: TooBroad) -> Arc<MockEventLog> {
    let mut log = MockEventLog::new();
    log.expect_snapshot_after()
        .returning(move |_, _, _| Err(too_broad.into()));
    Arc::new(log)
}

#[actix_web::test]
async fn a_search_that_would_read_too_much_says_what_to_narrow() {
    let mut api = TestApi::new().await;
    for (too_broad, message) in [
        (
            SHORT,
            "search must have 3 characters or more where there are more than 100000 names",
        ),
        (
            COMMON,
            "search must be longer or rarer, or the list narrowed by user_id or \
             X-Organization-Id: there are more than 100000 names, and more than 10000 may \
             contain it",
        ),
    ] {
        api.state.keys.api_keys = refusing(too_broad);
        api.state.keys.server.event_log = refusing_snapshots(too_broad);
        for query in ["search=ci", "search=ci&page=-1", "search=ci&watch=true"] {
            let refused = api.alice(get(&format!("/v2/api-keys?{query}"))).await;
            assert_eq!(refused.status, 422, "{query}");
            assert_eq!(refused.json()["code"], 422, "{query}");
            assert_eq!(refused.json()["reason"], "Invalid", "{query}");
            assert_eq!(refused.json()["message"], message, "{query}");
        }
    }
}
