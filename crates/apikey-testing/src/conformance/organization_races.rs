//! Deleting organizations and users while they are being referred to.

use super::{
    TestStore,
    test_store::{WHOLE, after, everything, filter, new_key, outcome},
};
use apikey_domain::{
    identity::{
        organization::{NewOrganization, Role},
        user::User,
    },
    testing::fixture,
};
use futures_util::future::{join, join_all};

/// How many writes run concurrently, and how often a race between two is run.
const CONCURRENCY: usize = 16;

/// Awaits both, the second one first in odd rounds.
async fn race<A, B>(
    round: usize,
    one: impl Future<Output = A>,
    other: impl Future<Output = B>,
) -> (A, B) {
    if round.is_multiple_of(2) {
        return join(one, other).await;
    }
    let (other, one) = join(other, one).await;
    (one, other)
}

pub async fn of_many_creations_of_one_slug_one_wins(store: &TestStore) {
    let new = || -> NewOrganization { fixture::new_organization("acme") };
    let creations = (0..CONCURRENCY).map(|_| {
        store
            .directory
            .create_organization(fixture::by_service(), new())
    });
    let results = join_all(creations).await;
    let outcomes: Vec<_> = results.iter().map(outcome).collect();
    let refused = outcomes.iter().filter(|text| *text == "duplicate slug");
    assert_eq!(refused.count(), CONCURRENCY - 1, "{outcomes:?}");
    let page = store.directory.list_organizations(None, None, WHOLE).await;
    assert_eq!(page.unwrap().total, 1);
}

pub async fn of_many_additions_of_one_member_one_wins(store: &TestStore) {
    let alice = store.user("alice").await;
    let acme = store.organization("acme").await;
    let add = || {
        let now = after(1);
        store
            .directory
            .add_member(fixture::by_service_at(now), acme.id, alice.id, Role::User)
    };
    let results = join_all((0..CONCURRENCY).map(|_| add())).await;
    let outcomes: Vec<_> = results.iter().map(outcome).collect();
    let refused = outcomes.iter().filter(|text| *text == "duplicate member");
    assert_eq!(refused.count(), CONCURRENCY - 1, "{outcomes:?}");
    let members = store.directory.list_members(acme.id, WHOLE).await;
    assert_eq!(members.unwrap().total, 1);
}

pub async fn an_organization_is_never_deleted_under_a_new_key(store: &TestStore) {
    let alice = store.user("alice").await;
    for round in 0..CONCURRENCY {
        let acme = store.organization(&format!("acme-{round}")).await;
        let create = store
            .api_keys
            .create(fixture::by_service(), new_key(&alice, acme.id, "ci"));
        let delete = store
            .directory
            .delete_organization(fixture::by_service(), acme.id);
        let (created, deleted) = race(round, create, delete).await;
        let found = store.directory.organization(acme.id).await.unwrap();
        let keys = store.keys(&filter(None, Some(acme.id), "")).await;
        let counts = (found.iter().len(), keys.len());
        match (outcome(&created).as_str(), outcome(&deleted).as_str()) {
            ("done", "the organization still owns 1 api keys") => assert_eq!(counts, (1, 1)),
            ("the owner does not exist", "done") => assert_eq!(counts, (0, 0)),
            both => panic!("{both:?}"),
        }
    }
}

pub async fn a_user_is_never_deleted_under_a_new_key(store: &TestStore) {
    for round in 0..CONCURRENCY {
        let alice = store.user("alice").await;
        let new = new_key(&alice, alice.principal_id, "ci");
        let access_key = new.access_key.clone();
        let create = store.api_keys.create(fixture::by_service(), new);
        let delete = store.directory.delete_user(fixture::by_service(), alice.id);
        let (created, deleted) = race(round, create, delete).await;
        assert!(deleted.unwrap());
        let created = outcome(&created);
        assert!(["done", "the owner does not exist"].contains(&created.as_str()));
        assert_eq!(store.keys(&everything()).await, []);
        let found = store.api_keys.credential(access_key.as_str()).await;
        assert!(found.unwrap().is_none());
    }
}

pub async fn an_organization_is_never_deleted_under_a_new_member(store: &TestStore) {
    let alice = store.user("alice").await;
    for round in 0..CONCURRENCY {
        let acme = store.organization(&format!("acme-{round}")).await;
        let now = after(1);
        let add =
            store
                .directory
                .add_member(fixture::by_service_at(now), acme.id, alice.id, Role::Admin);
        let delete = store
            .directory
            .delete_organization(fixture::by_service(), acme.id);
        let (added, deleted) = race(round, add, delete).await;
        assert_eq!(outcome(&added), "done");
        assert!(deleted.unwrap());
    }
    assert_can_be_deleted(store, &alice).await;
}

pub async fn a_user_is_never_deleted_under_a_new_membership(store: &TestStore) {
    let acme = store.organization("acme").await;
    let root = store.user("root").await;
    store.join(&acme, &root, Role::Admin).await;
    for round in 0..CONCURRENCY {
        let alice = store.user("alice").await;
        let now = after(1);
        let add =
            store
                .directory
                .add_member(fixture::by_service_at(now), acme.id, alice.id, Role::Admin);
        let delete = store.directory.delete_user(fixture::by_service(), alice.id);
        let (added, deleted) = race(round, add, delete).await;
        assert_eq!(outcome(&added), "done");
        assert!(deleted.unwrap());
        let members = store.directory.list_members(acme.id, WHOLE).await;
        assert_eq!(members.unwrap().total, 1);
    }
}

/// Checks that the user has no memberships and can be deleted.
async fn assert_can_be_deleted(store: &TestStore, user: &User) {
    let theirs = store
        .directory
        .list_organizations(None, Some(user.id), WHOLE)
        .await;
    assert_eq!(theirs.unwrap().total, 0);
    assert!(
        store
            .directory
            .delete_user(fixture::by_service(), user.id)
            .await
            .unwrap()
    );
}
