//! The uses of keys.

use super::{
    TestStore,
    test_store::{ANYWHERE, WHOLE, everything},
};
use apikey_domain::{identifier::ApiKeyId, key::api_key::ApiKey, listing::Order, testing::fixture};

impl TestStore {
    async fn listed(&self, order: &str) -> Vec<ApiKey> {
        let order = Order::parse(order).unwrap();
        let page = self.api_keys.list(&everything(), &order, WHOLE).await;
        page.unwrap().items
    }
}

pub async fn a_use_is_recorded_and_moves_nothing_else(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    assert_eq!(key.last_used_at, None);
    let at = fixture::instant().plus_seconds(60).unwrap();
    subject.api_keys.record_uses(&[key.id], at).await.unwrap();
    let used = ApiKey {
        last_used_at: Some(at),
        ..key.clone()
    };
    assert_eq!(subject.listed("").await, std::slice::from_ref(&used));
    let credential = subject.api_keys.credential(key.access_key.as_str()).await;
    assert_eq!(credential.unwrap().unwrap().api_key, used);
    let deleted = subject
        .api_keys
        .delete(fixture::attribution(), key.id, ANYWHERE)
        .await
        .unwrap();
    assert_eq!(deleted, Some(used));
}

pub async fn a_recorded_use_never_moves_back(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    let late = fixture::instant().plus_seconds(60).unwrap();
    for at in [late, fixture::instant()] {
        subject.api_keys.record_uses(&[key.id], at).await.unwrap();
        assert_eq!(subject.listed("").await[0].last_used_at, Some(late));
    }
}

pub async fn a_use_of_a_key_that_is_gone_is_passed_over(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let (gone, key) = (
        subject.own_key(&alice, "gone").await,
        subject.own_key(&alice, "ci").await,
    );
    subject
        .api_keys
        .delete(fixture::attribution(), gone.id, ANYWHERE)
        .await
        .unwrap();
    let ids = [gone.id, key.id, ApiKeyId(i64::MAX)];
    let at = fixture::instant();
    subject.api_keys.record_uses(&ids, at).await.unwrap();
    assert_eq!(subject.listed("").await[0].last_used_at, Some(at));
    subject.api_keys.record_uses(&[], at).await.unwrap();
}

pub async fn many_uses_are_recorded_at_once(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    let ids: Vec<_> = (0..5_000)
        .map(|number| ApiKeyId(key.id.0 + number))
        .collect();
    let at = fixture::instant();
    subject.api_keys.record_uses(&ids, at).await.unwrap();
    assert_eq!(subject.listed("").await[0].last_used_at, Some(at));
}

pub async fn a_list_sorts_by_last_use(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let mut ids = Vec::new();
    for name in ["never", "late", "early"] {
        ids.push(subject.own_key(&alice, name).await.id);
    }
    let late = fixture::instant().plus_seconds(60).unwrap();
    subject
        .api_keys
        .record_uses(&ids[1..], fixture::instant())
        .await
        .unwrap();
    subject
        .api_keys
        .record_uses(&ids[1..2], late)
        .await
        .unwrap();
    let names = |keys: Vec<ApiKey>| -> Vec<String> {
        keys.iter()
            .map(|key| key.name.as_str().to_owned())
            .collect()
    };
    let ascending = names(subject.listed("last_used_at").await);
    assert_eq!(ascending, ["never", "early", "late"]);
    let descending = names(subject.listed("-last_used_at").await);
    assert_eq!(descending, ["late", "early", "never"]);
}
