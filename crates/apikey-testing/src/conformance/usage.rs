//! Recording the uses of keys.

use super::{
    TestKeys,
    test_store::{ANYWHERE, WHOLE, everything},
};
use apikey_domain::{identifier::ApiKeyId, key::api_key::ApiKey, listing::Order, testing::fixture};

impl TestKeys {
    async fn listed(&self, order: &str) -> Vec<ApiKey> {
        let order = Order::parse(order).unwrap();
        let page = self.api_keys.list(&everything(), &order, WHOLE).await;
        page.unwrap().items
    }
}

pub async fn a_use_is_recorded_and_changes_nothing_else(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    assert_eq!(key.last_used_at, None);
    let at = fixture::instant().plus_seconds(60).unwrap();
    store.api_keys.record_uses(&[key.id], at).await.unwrap();
    let used = ApiKey {
        last_used_at: Some(at),
        ..key.clone()
    };
    assert_eq!(store.listed("").await, std::slice::from_ref(&used));
    let credential = store.api_keys.credential(key.access_key.as_str()).await;
    assert_eq!(credential.unwrap().unwrap().api_key, used);
    let deleted = store
        .api_keys
        .delete(fixture::by_service(), key.id, ANYWHERE)
        .await
        .unwrap();
    assert_eq!(deleted, Some(used));
}

pub async fn a_recorded_use_never_moves_back(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let late = fixture::instant().plus_seconds(60).unwrap();
    for at in [late, fixture::instant()] {
        store.api_keys.record_uses(&[key.id], at).await.unwrap();
        assert_eq!(store.listed("").await[0].last_used_at, Some(late));
    }
}

pub async fn a_use_that_a_wrong_clock_recorded_is_replaced(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let now = fixture::instant();
    let (credible, wrong) = (now.plus_seconds(3_600), now.plus_seconds(3_601));
    for (recorded, kept) in [(credible, credible), (wrong, Some(now))] {
        for at in [recorded.unwrap(), now] {
            store.api_keys.record_uses(&[key.id], at).await.unwrap();
        }
        assert_eq!(store.listed("").await[0].last_used_at, kept);
    }
}

pub async fn a_use_of_a_deleted_key_is_skipped(store: &TestKeys) {
    let alice = store.user("alice").await;
    let (gone, key) = (
        store.own_key(&alice, "gone").await,
        store.own_key(&alice, "ci").await,
    );
    store
        .api_keys
        .delete(fixture::by_service(), gone.id, ANYWHERE)
        .await
        .unwrap();
    let ids = [gone.id, key.id, ApiKeyId(i64::MAX)];
    let at = fixture::instant();
    store.api_keys.record_uses(&ids, at).await.unwrap();
    assert_eq!(store.listed("").await[0].last_used_at, Some(at));
    store.api_keys.record_uses(&[], at).await.unwrap();
}

pub async fn many_uses_are_recorded_at_once(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let ids: Vec<_> = (0..5_000)
        .map(|number| ApiKeyId(key.id.0 + number))
        .collect();
    let at = fixture::instant();
    store.api_keys.record_uses(&ids, at).await.unwrap();
    assert_eq!(store.listed("").await[0].last_used_at, Some(at));
}

pub async fn a_list_sorts_by_last_use(store: &TestKeys) {
    let alice = store.user("alice").await;
    let mut ids = Vec::new();
    for name in ["never", "late", "early"] {
        ids.push(store.own_key(&alice, name).await.id);
    }
    let late = fixture::instant().plus_seconds(60).unwrap();
    store
        .api_keys
        .record_uses(&ids[1..], fixture::instant())
        .await
        .unwrap();
    store.api_keys.record_uses(&ids[1..2], late).await.unwrap();
    let names = |keys: Vec<ApiKey>| -> Vec<String> {
        keys.iter()
            .map(|key| key.name.as_str().to_owned())
            .collect()
    };
    let ascending = names(store.listed("last_used_at").await);
    assert_eq!(ascending, ["never", "early", "late"]);
    let descending = names(store.listed("-last_used_at").await);
    assert_eq!(descending, ["late", "early", "never"]);
}
