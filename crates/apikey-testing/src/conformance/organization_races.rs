//! Organizations and users that go while others still need them.

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

/// How many run at once, and how often a race between two is run.
const MANY: usize = 16;

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

pub async fn of_many_creations_of_one_slug_one_wins(subject: &TestStore) {
    let new = || -> NewOrganization { fixture::new_organization("acme") };
    let creations = (0..MANY).map(|_| {
        subject
            .directory
            .create_organization(fixture::attribution(), new())
    });
    let answers = join_all(creations).await;
    let outcomes: Vec<_> = answers.iter().map(outcome).collect();
    let refused = outcomes.iter().filter(|text| *text == "duplicate slug");
    assert_eq!(refused.count(), MANY - 1, "{outcomes:?}");
    let page = subject
        .directory
        .list_organizations(None, None, WHOLE)
        .await;
    assert_eq!(page.unwrap().total, 1);
}

pub async fn of_many_additions_of_one_member_one_wins(subject: &TestStore) {
    let alice = subject.user("alice").await;
    let acme = subject.organization("acme").await;
    let add = || {
        let now = after(1);
        subject
            .directory
            .add_member(fixture::attribution_at(now), acme.id, alice.id, Role::User)
    };
    let answers = join_all((0..MANY).map(|_| add())).await;
    let outcomes: Vec<_> = answers.iter().map(outcome).collect();
    let refused = outcomes.iter().filter(|text| *text == "duplicate member");
    assert_eq!(refused.count(), MANY - 1, "{outcomes:?}");
    let members = subject.directory.list_members(acme.id, WHOLE).await;
    assert_eq!(members.unwrap().total, 1);
}

pub async fn an_organization_is_never_deleted_under_a_new_key(subject: &TestStore) {
    let alice = subject.user("alice").await;
    for round in 0..MANY {
        let acme = subject.organization(&format!("acme-{round}")).await;
        let create = subject
            .api_keys
            .create(fixture::attribution(), new_key(&alice, acme.id, "ci"));
        let delete = subject
            .directory
            .delete_organization(fixture::attribution(), acme.id);
        let (created, deleted) = race(round, create, delete).await;
        let is_there = subject.directory.organization(acme.id).await.unwrap();
        let keys = subject.keys(&filter(None, Some(acme.id), "")).await;
        let counts = (is_there.iter().len(), keys.len());
        match (outcome(&created).as_str(), outcome(&deleted).as_str()) {
            ("done", "the organization still owns 1 api keys") => assert_eq!(counts, (1, 1)),
            ("the owner does not exist", "done") => assert_eq!(counts, (0, 0)),
            both => panic!("{both:?}"),
        }
    }
}

pub async fn a_user_is_never_deleted_under_a_new_key(subject: &TestStore) {
    for round in 0..MANY {
        let alice = subject.user("alice").await;
        let new = new_key(&alice, alice.principal_id, "ci");
        let access_key = new.access_key.clone();
        let create = subject.api_keys.create(fixture::attribution(), new);
        let delete = subject
            .directory
            .delete_user(fixture::attribution(), alice.id);
        let (created, deleted) = race(round, create, delete).await;
        assert!(deleted.unwrap());
        let created = outcome(&created);
        assert!(["done", "the owner does not exist"].contains(&created.as_str()));
        assert_eq!(subject.keys(&everything()).await, []);
        let found = subject.api_keys.credential(access_key.as_str()).await;
        assert!(found.unwrap().is_none());
    }
}

pub async fn an_organization_is_never_deleted_under_a_new_member(subject: &TestStore) {
    let alice = subject.user("alice").await;
    for round in 0..MANY {
        let acme = subject.organization(&format!("acme-{round}")).await;
        let now = after(1);
        let add = subject.directory.add_member(
            fixture::attribution_at(now),
            acme.id,
            alice.id,
            Role::Admin,
        );
        let delete = subject
            .directory
            .delete_organization(fixture::attribution(), acme.id);
        let (added, deleted) = race(round, add, delete).await;
        assert_eq!(outcome(&added), "done");
        assert!(deleted.unwrap());
    }
    assert_is_free_to_go(subject, &alice).await;
}

pub async fn a_user_is_never_deleted_under_a_new_membership(subject: &TestStore) {
    let acme = subject.organization("acme").await;
    let root = subject.user("root").await;
    subject.join(&acme, &root, Role::Admin).await;
    for round in 0..MANY {
        let alice = subject.user("alice").await;
        let now = after(1);
        let add = subject.directory.add_member(
            fixture::attribution_at(now),
            acme.id,
            alice.id,
            Role::Admin,
        );
        let delete = subject
            .directory
            .delete_user(fixture::attribution(), alice.id);
        let (added, deleted) = race(round, add, delete).await;
        assert_eq!(outcome(&added), "done");
        assert!(deleted.unwrap());
        let members = subject.directory.list_members(acme.id, WHOLE).await;
        assert_eq!(members.unwrap().total, 1);
    }
}

/// Nothing holds the user any more: no membership, no organization.
async fn assert_is_free_to_go(subject: &TestStore, user: &User) {
    let theirs = subject
        .directory
        .list_organizations(None, Some(user.id), WHOLE)
        .await;
    assert_eq!(theirs.unwrap().total, 0);
    assert!(
        subject
            .directory
            .delete_user(fixture::attribution(), user.id)
            .await
            .unwrap()
    );
}
