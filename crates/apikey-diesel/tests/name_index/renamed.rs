//! Keys that get other names.

use super::{
    NARROW,
    setup::{fill, filter, key, list, stores, user},
};
use apikey_domain::{
    key::{changes::ApiKeyChanges, key_name::KeyName},
    testing::fixture,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_found_by_its_present_name() {
    for (database, store) in stores(NARROW).await {
        let alice = user(&store, "alice").await;
        let renamed = key(&store, &alice, alice.principal_id, "first name").await;
        fill(&database, &store).await;
        let changes = ApiKeyChanges {
            name: Some(KeyName::parse("second one").unwrap()),
            ..ApiKeyChanges::default()
        };
        let anywhere = fixture::reach(None, None);
        let by = fixture::by_service();
        let update = store.api_keys.update(by, renamed.id, anywhere, changes);
        assert!(update.await.unwrap().is_some());
        for _ in 0..2 {
            for (search, total) in [("first", 0), ("name", 0), ("second", 1), ("one", 1)] {
                for user in [Some(alice.id), None] {
                    let found = list(&store, &filter(user, None, search)).await;
                    assert_eq!(found.unwrap().total, total, "{search}");
                }
            }
            fill(&database, &store).await;
        }
        store.close().await;
    }
}
