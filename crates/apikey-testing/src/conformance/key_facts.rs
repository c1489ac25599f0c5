//! The data needed to verify a key.

use super::{
    TestKeys,
    test_store::{ANYWHERE, new_key},
};
use apikey_domain::{
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::{PrincipalId, UserId},
    identity::{
        organization::Role,
        user::{UserChanges, Username},
    },
    key::{api_key::ApiKey, changes::ApiKeyChanges, expiry::Expiry},
    port::key_facts_store::KnownOwners,
    testing::fixture,
    verification::facts::{KeyFacts, KeyOwner},
};
use std::sync::Arc;

/// Knows one owner, or none.
struct Known(Option<Arc<KeyOwner>>);

impl KnownOwners for Known {
    fn owner(&self, user_id: UserId, owner_principal_id: PrincipalId) -> Option<Arc<KeyOwner>> {
        let ids = |owner: &KeyOwner| (owner.user_id, owner.owner_principal_id);
        let is_it = |owner: &&Arc<KeyOwner>| ids(owner) == (user_id, owner_principal_id);
        self.0.as_ref().filter(is_it).cloned()
    }
}

impl TestKeys {
    pub(super) async fn facts(&self, access_key: &str) -> Option<Arc<KeyFacts>> {
        self.key_facts.read(access_key).await.unwrap()
    }

    async fn is_effective(&self, key: &ApiKey) -> bool {
        let facts = self.facts(key.access_key.as_str()).await;
        facts.unwrap().owner.is_effective
    }
}

pub async fn the_facts_are_those_of_the_key_and_its_owner(store: &TestKeys) {
    let alice = store.user("alice").await;
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::User).await;
    for (owner, organization_id) in [(alice.principal_id, None), (acme.id, Some(acme.id))] {
        let mut new = new_key(&alice, owner, "ci");
        new.scope = ScopeSet::parse(["inference", "management"]).unwrap();
        new.allowed_model_names = AllowedModelNames::parse(Some(vec!["a".into()])).unwrap();
        new.expires_at = Expiry::at(fixture::instant());
        let key = store
            .api_keys
            .create(fixture::by_service(), new.clone())
            .await
            .unwrap();
        let facts = store.facts(key.access_key.as_str()).await.unwrap();
        assert_eq!((facts.id, &facts.name), (key.id, &key.name));
        assert_eq!(facts.secret_digest, new.secret_digest);
        assert_eq!(facts.scope, key.scope);
        assert_eq!(facts.allowed_model_names, key.allowed_model_names);
        assert_eq!(facts.expires_at, key.expires_at);
        assert_eq!(facts.owner.user_id, alice.id);
        assert_eq!(facts.owner.user_name, alice.username);
        assert_eq!(facts.owner.owner_principal_id, owner);
        assert_eq!(facts.owner.organization_id, organization_id);
        assert!(facts.owner.is_effective);
    }
}

pub async fn facts_with_a_known_owner_are_those_of_the_key(store: &TestKeys) {
    let alice = store.user("alice").await;
    let [first, second] = [
        store.own_key(&alice, "one").await,
        store.own_key(&alice, "two").await,
    ];
    let owner = store.facts(first.access_key.as_str()).await.unwrap();
    let access_key = second.access_key.as_str();
    let whole = store.facts(access_key).await.unwrap();
    for known in [Some(owner.owner.clone()), None] {
        let known = Known(known);
        let read = store.key_facts.read_with_owners(access_key, &known).await;
        let facts = read.unwrap().unwrap();
        assert_eq!((facts.id, &facts.name), (second.id, &second.name));
        assert_eq!(facts.secret_digest, whole.secret_digest);
        assert_eq!(facts.scope, whole.scope);
        assert_eq!(facts.allowed_model_names, whole.allowed_model_names);
        assert_eq!(facts.expires_at, whole.expires_at);
        assert_eq!(facts.owner, whole.owner);
    }
    for text in ["", "\0", "%"] {
        let read = store.key_facts.read_with_owners(text, &Known(None)).await;
        assert!(read.unwrap().is_none(), "{text:?}");
    }
}

pub async fn an_unknown_access_key_has_no_facts(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let other_case = key.access_key.as_str().to_uppercase();
    for text in [other_case.as_str(), "", "\0", "\u{7f}", "%"] {
        assert!(store.facts(text).await.is_none(), "{text:?}");
    }
}

pub async fn the_facts_follow_every_change_of_the_key(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let access_key = key.access_key.as_str();
    let changes = ApiKeyChanges {
        scope: Some(ScopeSet::parse(["inference"]).unwrap()),
        ..ApiKeyChanges::default()
    };
    let now = fixture::instant();
    let updated = store.api_keys.update(
        fixture::by_service_at(now),
        key.id,
        ANYWHERE,
        changes.clone(),
    );
    updated.await.unwrap();
    let facts = store.facts(access_key).await.unwrap();
    assert_eq!(Some(&facts.scope), changes.scope.as_ref());
    store
        .api_keys
        .delete(fixture::by_service(), key.id, ANYWHERE)
        .await
        .unwrap();
    assert!(store.facts(access_key).await.is_none());
}

pub async fn the_facts_follow_every_change_of_the_user(store: &TestKeys) {
    let alice = store.user("alice").await;
    let key = store.own_key(&alice, "ci").await;
    let now = fixture::instant();
    let renamed = UserChanges {
        username: Some(Username::parse("alicia").unwrap()),
        is_active: Some(false),
        ..UserChanges::default()
    };
    store
        .directory
        .update_user(fixture::by_service_at(now), alice.id, renamed)
        .await
        .unwrap();
    let facts = store.facts(key.access_key.as_str()).await.unwrap();
    assert_eq!(facts.owner.user_name.as_str(), "alicia");
    assert!(!facts.owner.is_effective);
    let active = UserChanges {
        is_active: Some(true),
        ..UserChanges::default()
    };
    store
        .directory
        .update_user(fixture::by_service_at(now), alice.id, active)
        .await
        .unwrap();
    assert!(store.is_effective(&key).await);
    store
        .directory
        .delete_user(fixture::by_service(), alice.id)
        .await
        .unwrap();
    assert!(store.facts(key.access_key.as_str()).await.is_none());
}

pub async fn the_facts_follow_the_membership(store: &TestKeys) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::User).await;
    store.join(&acme, &bob, Role::Admin).await;
    let key = store.key(&alice, acme.id, "ci").await;
    let own = store.own_key(&alice, "own").await;
    assert!(store.is_effective(&key).await);
    store
        .directory
        .remove_member(fixture::by_service(), acme.id, alice.id)
        .await
        .unwrap();
    assert!(!store.is_effective(&key).await);
    assert!(store.is_effective(&own).await);
    let now = fixture::instant();
    let added =
        store
            .directory
            .add_member(fixture::by_service_at(now), acme.id, alice.id, Role::User);
    added.await.unwrap();
    assert!(store.is_effective(&key).await);
}

pub async fn a_platform_admin_needs_no_membership(store: &TestKeys) {
    let (root, robot) = (store.admin("root").await, store.system_user("robot").await);
    let other = store.admin("other").await;
    let acme = store.organization("acme").await;
    store.join(&acme, &other, Role::Admin).await;
    for user in [&root, &robot] {
        let key = store.key(user, acme.id, "ci").await;
        assert!(store.is_effective(&key).await, "{}", user.username.as_str());
    }
    let demoted = UserChanges {
        is_admin: Some(false),
        ..UserChanges::default()
    };
    let key = store.key(&root, acme.id, "second").await;
    let now = fixture::instant();
    store
        .directory
        .update_user(fixture::by_service_at(now), root.id, demoted)
        .await
        .unwrap();
    assert!(!store.is_effective(&key).await);
}
