//! What counts of a key when it is verified.

use super::{
    TestStore,
    test_store::{ANYWHERE, new_key},
};
use apikey_domain::{
    identity::{
        organization::Role,
        user::{UserChanges, Username},
    },
    key::{
        api_key::{ApiKey, ApiKeyChanges},
        expiry::Expiry,
        model_names::AllowedModelNames,
        scope::ScopeSet,
    },
    testing::fixture,
    verification::facts::KeyFacts,
};
use std::sync::Arc;

impl TestStore {
    async fn facts(&self, access_key: &str) -> Option<Arc<KeyFacts>> {
        self.key_facts.read(access_key).await.unwrap()
    }

    async fn is_effective(&self, key: &ApiKey) -> bool {
        let facts = self.facts(key.access_key.as_str()).await;
        facts.unwrap().owner.is_effective
    }
}

pub async fn the_facts_are_those_of_the_key_and_its_owner(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::User).await;
    for (owner, organization_id) in [(alice.principal_id, None), (acme.id, Some(acme.id))] {
        let mut new = new_key(&alice, owner, "ci");
        new.scope = ScopeSet::parse(["inference", "management"]).unwrap();
        new.allowed_model_names = AllowedModelNames::parse(Some(vec!["a".into()])).unwrap();
        new.expires_at = Expiry::at(fixture::instant());
        let key = subject
            .api_keys
            .create(fixture::attribution(), new.clone())
            .await
            .unwrap();
        let facts = subject.facts(key.access_key.as_str()).await.unwrap();
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

pub async fn no_facts_are_found_of_what_is_no_key(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    let other_case = key.access_key.as_str().to_uppercase();
    for text in [other_case.as_str(), "", "\0", "\u{7f}", "%"] {
        assert!(subject.facts(text).await.is_none(), "{text:?}");
    }
}

pub async fn the_facts_follow_every_change_of_the_key(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    let access_key = key.access_key.as_str();
    let changes = ApiKeyChanges {
        scope: Some(ScopeSet::parse(["inference"]).unwrap()),
        ..ApiKeyChanges::default()
    };
    let now = fixture::instant();
    let updated = subject.api_keys.update(
        fixture::attribution_at(now),
        key.id,
        ANYWHERE,
        changes.clone(),
    );
    updated.await.unwrap();
    let facts = subject.facts(access_key).await.unwrap();
    assert_eq!(Some(&facts.scope), changes.scope.as_ref());
    subject
        .api_keys
        .delete(fixture::attribution(), key.id, ANYWHERE)
        .await
        .unwrap();
    assert!(subject.facts(access_key).await.is_none());
}

pub async fn the_facts_follow_every_change_of_the_user(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let key = subject.own_key(&alice, "ci").await;
    let now = fixture::instant();
    let renamed = UserChanges {
        username: Some(Username::parse("alicia").unwrap()),
        is_active: Some(false),
        ..UserChanges::default()
    };
    subject
        .directory
        .update_user(fixture::attribution_at(now), alice.id, renamed)
        .await
        .unwrap();
    let facts = subject.facts(key.access_key.as_str()).await.unwrap();
    assert_eq!(facts.owner.user_name.as_str(), "alicia");
    assert!(!facts.owner.is_effective);
    let active = UserChanges {
        is_active: Some(true),
        ..UserChanges::default()
    };
    subject
        .directory
        .update_user(fixture::attribution_at(now), alice.id, active)
        .await
        .unwrap();
    assert!(subject.is_effective(&key).await);
    subject
        .directory
        .delete_user(fixture::attribution(), alice.id)
        .await
        .unwrap();
    assert!(subject.facts(key.access_key.as_str()).await.is_none());
}

pub async fn the_facts_follow_the_membership(subject: &TestStore) {
    let (alice, bob) = (subject.user("alice").await, subject.user("bob").await);
    let acme = subject.organization("acme").await;
    subject.join(&acme, &alice, Role::User).await;
    subject.join(&acme, &bob, Role::Admin).await;
    let key = subject.key(&alice, acme.id, "ci").await;
    let own = subject.own_key(&alice, "own").await;
    assert!(subject.is_effective(&key).await);
    subject
        .directory
        .remove_member(fixture::attribution(), acme.id, alice.id)
        .await
        .unwrap();
    assert!(!subject.is_effective(&key).await);
    assert!(subject.is_effective(&own).await);
    let now = fixture::instant();
    let added =
        subject
            .directory
            .add_member(fixture::attribution_at(now), acme.id, alice.id, Role::User);
    added.await.unwrap();
    assert!(subject.is_effective(&key).await);
}

pub async fn an_admin_of_the_platform_needs_no_membership(subject: &TestStore) {
    let (root, robot) = (
        subject.admin("root").await,
        subject.system_user("robot").await,
    );
    let other = subject.admin("other").await;
    let acme = subject.organization("acme").await;
    subject.join(&acme, &other, Role::Admin).await;
    for user in [&root, &robot] {
        let key = subject.key(user, acme.id, "ci").await;
        assert!(
            subject.is_effective(&key).await,
            "{}",
            user.username.as_str()
        );
    }
    let demoted = UserChanges {
        is_admin: Some(false),
        ..UserChanges::default()
    };
    let key = subject.key(&root, acme.id, "second").await;
    let now = fixture::instant();
    subject
        .directory
        .update_user(fixture::attribution_at(now), root.id, demoted)
        .await
        .unwrap();
    assert!(!subject.is_effective(&key).await);
}
