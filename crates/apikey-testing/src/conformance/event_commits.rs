//! Which events a commit records: one for each of its changes, and none if nothing
//! changed.

use super::{
    TestStore,
    events::{attributed, by},
    test_store::{ANYWHERE, after, described, new_key, outcome},
};
use apikey_domain::{
    access::attribution::Attribution,
    change::{Change, Membership, Position, Transition, event::Event},
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::{
        organization::{Organization, OrganizationChanges, Role},
        user::{User, UserChanges},
    },
    key::changes::ApiKeyChanges,
    testing::fixture,
};

/// Checks that the events have these changes, in any order, and this attribution.
fn assert_all_by(by: Attribution, events: Vec<Event>, expected: Vec<Change>) {
    let mut changes = Vec::new();
    for event in events {
        assert_eq!(event.attribution, by, "{event:?}");
        changes.push(event.change);
    }
    for change in expected {
        let found = changes.iter().position(|other| *other == change);
        changes.remove(found.unwrap_or_else(|| panic!("not recorded: {change:?}")));
    }
    assert_eq!(changes, []);
}

fn left(organization: &Organization, user: &User, role: Role) -> Change {
    Change::Member(Transition::Deleted(Membership {
        organization_id: organization.id,
        user_id: user.id,
        role,
    }))
}

/// Returns the position of the last of this many events.
async fn end(store: &TestStore, count: usize) -> Position {
    let events = store.all_events(count).await;
    assert_eq!(events.len(), count);
    events[count - 1].position
}

pub async fn a_failed_change_is_not_recorded(store: &TestStore) {
    let (directory, keys) = (&store.directory, &store.api_keys);
    let root = store.admin("root").await;
    let (acme, umbrella) = (
        store.organization("acme").await,
        store.organization("umbrella").await,
    );
    store.join(&acme, &root, Role::Admin).await;
    let key = store.key(&root, acme.id, "ci").await;
    let end = end(store, 5).await;

    let new = new_key(&root, acme.id, "ci");
    let mut refusals = vec![outcome(&keys.create(by(1), new).await)];
    let mut new = new_key(&root, acme.id, "other");
    new.access_key = key.access_key.clone();
    refusals.push(outcome(&keys.create(by(1), new).await));
    let new = new_key(&root, PrincipalId(i64::MAX), "ownerless");
    refusals.push(outcome(&keys.create(by(1), new).await));
    let new = fixture::new_user("root");
    refusals.push(outcome(&directory.create_user(by(1), new).await));
    let demoted = UserChanges {
        is_admin: Some(false),
        ..UserChanges::default()
    };
    refusals.push(outcome(
        &directory.update_user(by(1), root.id, demoted).await,
    ));
    refusals.push(outcome(&directory.delete_user(by(1), root.id).await));
    let new = fixture::new_organization("acme");
    refusals.push(outcome(&directory.create_organization(by(1), new).await));
    let taken = OrganizationChanges {
        slug: Some(acme.slug.clone()),
        ..OrganizationChanges::default()
    };
    let updated = directory.update_organization(by(1), umbrella.id, taken);
    refusals.push(outcome(&updated.await));
    refusals.push(outcome(
        &directory.delete_organization(by(1), acme.id).await,
    ));
    let added = directory.add_member(by(1), acme.id, root.id, Role::User);
    refusals.push(outcome(&added.await));
    let updated = directory.update_member(by(1), acme.id, root.id, Role::User);
    refusals.push(outcome(&updated.await));
    let removed = directory.remove_member(by(1), acme.id, root.id);
    refusals.push(outcome(&removed.await));
    assert!(!refusals.contains(&"done".to_owned()), "{refusals:?}");

    let last = store.user("last").await;
    let events = store.events_after(end, 1).await;
    let expected = vec![Change::User(Transition::Created(last))];
    assert_all_by(Attribution::system(fixture::instant()), events, expected);
}

pub async fn a_write_that_changes_nothing_is_not_recorded(store: &TestStore) {
    let (directory, keys) = (&store.directory, &store.api_keys);
    let alice = store.user("alice").await;
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::Admin).await;
    let key = store.own_key(&alice, "ci").await;
    let end = end(store, 4).await;

    let same = fixture::unchanged(&key);
    for same in [same, ApiKeyChanges::default()] {
        let updated = keys.update(by(1), key.id, ANYWHERE, same).await;
        assert_eq!(updated.unwrap().as_ref(), Some(&key));
    }
    let unreachable = fixture::reach(Some(UserId(i64::MAX)), None);
    for (id, reach) in [(key.id, unreachable), (ApiKeyId(i64::MAX), ANYWHERE)] {
        let updated = keys
            .update(by(1), id, reach.clone(), described("changed"))
            .await;
        assert_eq!(updated.unwrap(), None);
        assert_eq!(keys.delete(by(1), id, reach).await.unwrap(), None);
    }
    keys.record_uses(&[key.id], after(60)).await.unwrap();
    let first = fixture::new_user("first");
    let first = directory.create_first_user(by(1), first).await;
    assert_eq!(first.unwrap(), None);
    let same = directory.update_member(by(1), acme.id, alice.id, Role::Admin);
    assert!(same.await.unwrap().is_some());
    let (user, organization) = (UserId(i64::MAX), PrincipalId(i64::MAX));
    assert!(!directory.delete_user(by(1), user).await.unwrap());
    let deleted = directory.delete_organization(by(1), organization).await;
    assert!(!deleted.unwrap());
    let removed = directory.remove_member(by(1), acme.id, user).await;
    assert!(!removed.unwrap());
    let added = directory.add_member(by(1), organization, alice.id, Role::User);
    assert_eq!(added.await.unwrap(), None);

    let last = store.user("last").await;
    let events = store.events_after(end, 1).await;
    let expected = vec![Change::User(Transition::Created(last))];
    assert_all_by(Attribution::system(fixture::instant()), events, expected);
}

pub async fn everything_deleted_with_a_user_is_recorded(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let robot = store.system_user("robot").await;
    let acme = store.organization("acme").await;
    let umbrella = store.organization("umbrella").await;
    for organization in [&acme, &umbrella] {
        store.join(organization, &alice, Role::User).await;
        store.join(organization, &bob, Role::User).await;
    }
    let gone = [
        store.own_key(&alice, "own").await,
        store.key(&alice, acme.id, "ci").await,
        store.key(&bob, alice.principal_id, "for alice").await,
        store.key(&robot, alice.principal_id, "hidden").await,
    ];
    store.own_key(&bob, "kept").await;
    let end = end(store, 14).await;

    let deleted = store.directory.delete_user(by(1), alice.id).await;
    assert!(deleted.unwrap());
    let gone = gone.map(|key| Change::Key(Transition::Deleted(key)));
    let mut expected = gone.to_vec();
    expected.push(left(&acme, &alice, Role::User));
    expected.push(left(&umbrella, &alice, Role::User));
    expected.push(Change::User(Transition::Deleted(alice)));
    let events = store.events_after(end, expected.len()).await;
    assert_all_by(attributed(1), events, expected);
}

pub async fn everything_deleted_with_an_organization_is_recorded(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::Admin).await;
    store.join(&acme, &bob, Role::User).await;
    let end = end(store, 5).await;

    let deleted = store.directory.delete_organization(by(1), acme.id).await;
    assert!(deleted.unwrap());
    let expected = vec![
        left(&acme, &alice, Role::Admin),
        left(&acme, &bob, Role::User),
        Change::Organization(Transition::Deleted(acme)),
    ];
    let events = store.events_after(end, expected.len()).await;
    assert_all_by(attributed(1), events, expected);
}
