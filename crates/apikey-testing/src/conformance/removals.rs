//! Users and organizations with so much that it is deleted in pieces.

use super::{
    TestStore,
    many::{MORE_THAN_AT_ONCE, many_keys, many_members},
    test_store::{WHOLE, by_creation, everything, filter, named, new_key, outcome},
};
use apikey_domain::{
    change::{Change, Position, Transition},
    gpustack::AllowedModelNames,
    identity::{
        organization::Role,
        password::PasswordHash,
        user::{User, UserChanges},
    },
    key::key_name::Description,
    listing::{Order, SearchTerm, Window},
    port::removals::RemovalStep,
    testing::fixture,
};

/// How many keys there are, and how many of them go at once in the clauses.
const KEYS: usize = 1_200;
const AT_ONCE: u32 = 400;

async fn delete(store: &TestStore, user: &User) {
    let by = fixture::by_service();
    assert!(store.directory.delete_user(by, user.id).await.unwrap());
}

/// Returns how many keys the lists of everybody have.
async fn total(store: &TestStore) -> u64 {
    let window = Window {
        offset: 0,
        limit: 1,
    };
    let all = everything();
    let page = store.api_keys.list(&all, &Order::default(), window).await;
    page.unwrap().total
}

/// Removes what is left of all, and returns how many steps that took.
pub(super) async fn remove_the_rest(store: &TestStore) -> usize {
    let mut steps = 0;
    loop {
        let at = fixture::instant();
        let step = store.removals.continue_removals(at, AT_ONCE).await;
        match step.unwrap() {
            RemovalStep::Idle => return steps,
            RemovalStep::Deleted { keys, memberships } => {
                assert!(keys <= AT_ONCE && memberships <= AT_ONCE);
                assert!(keys + memberships > 0);
            }
            RemovalStep::Ended(_) => {}
        }
        steps += 1;
    }
}

/// Checks that nothing finds a user who was deleted, or changes them.
pub(super) async fn assert_gone(store: &TestStore, user: &User) {
    let (directory, id) = (&store.directory, user.id);
    let by = fixture::by_service;
    assert_eq!(directory.user(id).await.unwrap(), None);
    let found = directory.user_credential(user.username.as_str()).await;
    assert!(found.unwrap().is_none());
    assert!(!directory.delete_user(by(), id).await.unwrap());
    let activated = UserChanges {
        is_active: Some(true),
        is_admin: Some(true),
        password_hash: Some(PasswordHash::new("plain:Changed_2")),
        ..UserChanges::default()
    };
    let updated = directory.update_user(by(), id, activated).await;
    assert_eq!(updated.unwrap(), None);
    let search = SearchTerm::parse(user.username.as_str()).unwrap();
    for search in [None, search.as_ref()] {
        let page = directory
            .list_users(&named(search), &by_creation(), WHOLE)
            .await
            .unwrap();
        assert!(page.items.iter().all(|listed| listed.id != id));
        assert_eq!(page.total, page.items.len() as u64);
    }
    assert_eq!(directory.users(&[id]).await.unwrap().items, []);
    let new = new_key(user, user.principal_id, "too late");
    let created = store.api_keys.create(by(), new).await;
    assert!(created.is_err(), "{}", outcome(&created));
}

pub async fn a_user_with_many_keys_is_gone_at_once(store: &TestStore) {
    let (root, alice) = (store.admin("root").await, store.admin("alice").await);
    let keys = many_keys(store, &alice, alice.principal_id, MORE_THAN_AT_ONCE).await;
    let bobs = store.own_key(&store.user("bob").await, "kept").await;
    delete(store, &alice).await;

    assert_gone(store, &alice).await;
    for key in keys.iter().step_by(100) {
        let access_key = key.access_key.as_str();
        let found = store.api_keys.credential(access_key).await;
        assert!(found.unwrap().is_none());
        assert!(store.key_facts.read(access_key).await.unwrap().is_none());
    }
    // Nobody but root administers the platform any more.
    let last = store.directory.delete_user(fixture::by_service(), root.id);
    let refused = "the last active platform admin cannot be demoted, deactivated or deleted";
    assert_eq!(outcome(&last.await).to_lowercase(), refused);

    assert_ne!(remove_the_rest(store).await, 1);
    assert_gone(store, &alice).await;
    assert_eq!(store.keys(&everything()).await, [bobs]);
    let left = store.removals.list_removals(WHOLE).await.unwrap();
    assert_eq!((left.items, left.total), (Vec::new(), 0));
}

pub async fn the_name_of_a_user_with_many_keys_is_free_at_once(store: &TestStore) {
    let alice = store.user("alice").await;
    many_keys(store, &alice, alice.principal_id, MORE_THAN_AT_ONCE).await;
    delete(store, &alice).await;
    let like = store.user("Alice").await;
    delete(store, &like).await;
    let next = store.user("alice").await;
    let of_next = filter(Some(next.id), None, "");
    assert_eq!(store.keys(&of_next).await, []);
    let key = store.own_key(&next, "00001").await;
    remove_the_rest(store).await;
    assert_eq!(store.keys(&everything()).await, [key]);
    let found = store.directory.user_credential("alice").await.unwrap();
    assert_eq!(found.unwrap().user, next);
}

pub async fn many_keys_go_in_pieces_and_each_deletion_is_recorded(store: &TestStore) {
    let alice = store.user("alice").await;
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::User).await;
    let mut keys = many_keys(store, &alice, alice.principal_id, KEYS - 300).await;
    keys.extend(many_keys(store, &alice, acme.id, 300).await);
    let mut expected: Vec<Change> = keys
        .into_iter()
        .map(|key| Change::Key(Transition::Deleted(key)))
        .collect();
    let mut last = store.last_event().await;
    delete(store, &alice).await;

    // What is listed and what is recorded always add up.
    let mut recorded = Vec::new();
    loop {
        let left = total(store).await;
        recorded.extend(new_events(store, &mut last).await);
        let gone = recorded.iter().filter(|change| is_key(change)).count();
        assert_eq!(gone as u64 + left, KEYS as u64);
        let removals = store.removals.list_removals(WHOLE).await.unwrap().items;
        if let Some(removal) = removals.first() {
            assert_eq!((removal.name.as_str(), removal.keys), ("alice", left));
            assert_eq!(removal.owner.id(), alice.id.0);
        }
        let at = fixture::instant();
        let step = store.removals.continue_removals(at, AT_ONCE).await;
        if step.unwrap() == RemovalStep::Idle {
            break;
        }
    }
    assert_eq!(total(store).await, 0);
    expected.push(Change::Member(Transition::Deleted(
        apikey_domain::change::Membership {
            organization_id: acme.id,
            user_id: alice.id,
            role: Role::User,
        },
    )));
    expected.push(Change::User(Transition::Deleted(alice)));
    let order = |change: &Change| (change.kind().as_str(), key_id(change));
    recorded.sort_by_key(order);
    expected.sort_by_key(order);
    assert_eq!(recorded, expected);
    // Nothing is left of her that would keep the organization.
    let deleted = store
        .directory
        .delete_organization(fixture::by_service(), acme.id);
    assert!(deleted.await.unwrap());
}

fn is_key(change: &Change) -> bool {
    matches!(change, Change::Key(_))
}

fn key_id(change: &Change) -> i64 {
    match change {
        Change::Key(key) => key.key().id.0,
        _ => 0,
    }
}

/// Returns what was recorded since `last`, and moves it.
async fn new_events(store: &TestStore, last: &mut Position) -> Vec<Change> {
    let until = store.last_event().await;
    let mut changes = Vec::new();
    while *last < until {
        let events = store.events_after(*last, 1).await;
        *last = events.last().map_or(until, |event| event.position);
        changes.extend(events.into_iter().map(|event| event.change));
    }
    changes
}

pub async fn no_right_rests_on_a_membership_that_is_still_to_go(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let acme = store.organization("acme").await;
    store.join(&acme, &alice, Role::Admin).await;
    let by = fixture::by_service;
    many_keys(store, &alice, alice.principal_id, MORE_THAN_AT_ONCE).await;
    let refused = store.directory.delete_user(by(), alice.id).await;
    let id = acme.id;
    let expected = format!("the last admin of organization {id} cannot be demoted or removed");
    assert_eq!(outcome(&refused), expected);
    assert!(store.directory.user(alice.id).await.unwrap().is_some());

    store.join(&acme, &bob, Role::Admin).await;
    delete(store, &alice).await;
    let directory = &store.directory;
    let members = directory.list_members(id, WHOLE).await.unwrap();
    assert_eq!((members.items.len(), members.total), (1, 1));
    let beyond = Window {
        offset: 1,
        limit: 1,
    };
    let page = directory.list_members(id, beyond).await.unwrap();
    assert_eq!((page.items.len(), page.total), (0, 1));
    let some = directory.members(id, &[alice.id, bob.id]).await.unwrap();
    assert_eq!(some.items[0].user_id, bob.id);
    assert_eq!(some.items.len(), 1);
    let standing = directory.standing(alice.id, id).await.unwrap();
    assert_eq!((standing.is_organization, standing.role), (true, None));
    let theirs = directory.list_organizations(None, Some(alice.id), WHOLE);
    assert_eq!(theirs.await.unwrap().total, 0);
    let updated = directory.update_member(by(), id, alice.id, Role::Admin);
    assert_eq!(updated.await.unwrap(), None);
    let removed = directory.remove_member(by(), id, alice.id).await;
    assert!(!removed.unwrap());
    let added = directory.add_member(by(), id, alice.id, Role::User).await;
    assert_eq!(added.unwrap(), None);
    // She is no admin beside bob.
    for refused in [
        outcome(&directory.remove_member(by(), id, bob.id).await),
        outcome(&directory.delete_user(by(), bob.id).await),
        outcome(&directory.update_member(by(), id, bob.id, Role::User).await),
    ] {
        assert_eq!(refused, expected);
    }
    remove_the_rest(store).await;
    let members = directory.list_members(id, WHOLE).await.unwrap();
    assert_eq!((members.items.len(), members.total), (1, 1));
}

pub async fn an_organization_with_many_members_is_gone_at_once(store: &TestStore) {
    let acme = store.organization("acme").await;
    let members = many_members(store, &acme, MORE_THAN_AT_ONCE).await;
    let (member, by) = (members[0].id, fixture::by_service);
    let mut last = store.last_event().await;
    let directory = &store.directory;
    assert!(directory.delete_organization(by(), acme.id).await.unwrap());

    for _ in 0..2 {
        assert!(!directory.delete_organization(by(), acme.id).await.unwrap());
        assert_eq!(directory.organization(acme.id).await.unwrap(), None);
        for of in [None, Some(member)] {
            let page = directory.list_organizations(None, of, WHOLE).await.unwrap();
            assert_eq!((page.items.len(), page.total), (0, 0));
        }
        let some = directory.organizations(&[acme.id]).await.unwrap();
        assert_eq!(some.items, []);
        let standing = directory.standing(member, acme.id).await.unwrap();
        assert_eq!((standing.is_organization, standing.role), (false, None));
        let page = directory.list_members(acme.id, WHOLE).await.unwrap();
        assert_eq!((page.items.len(), page.total), (0, 0));
        let some = directory.members(acme.id, &[member]).await.unwrap();
        assert_eq!(some.items, []);
        let added = directory.add_member(by(), acme.id, member, Role::User);
        assert_eq!(added.await.unwrap(), None);
        let updated = directory.update_member(by(), acme.id, member, Role::Admin);
        assert_eq!(updated.await.unwrap(), None);
        let removed = directory.remove_member(by(), acme.id, member).await;
        assert!(!removed.unwrap());
        remove_the_rest(store).await;
    }
    let events = new_events(store, &mut last).await;
    assert_eq!(events.len(), MORE_THAN_AT_ONCE + 1);
    let next = store.organization("acme").await;
    assert_ne!(next.id, acme.id);
    // A member of it can be deleted: nobody needs them there.
    delete(store, &members[0]).await;
}

pub async fn few_keys_with_long_texts_go_with_their_user(store: &TestStore) {
    let alice = store.user("alice").await;
    for number in 0..40 {
        let mut new = new_key(&alice, alice.principal_id, &number.to_string());
        new.description = Some(Description::parse("x".repeat(Description::LONGEST)).unwrap());
        let models = vec!["m".repeat(255); AllowedModelNames::LONGEST / 255];
        new.allowed_model_names = AllowedModelNames::parse(Some(models)).unwrap();
        let created = store.api_keys.create(fixture::by_service(), new).await;
        assert!(created.is_ok());
    }
    delete(store, &alice).await;
    assert_gone(store, &alice).await;
    remove_the_rest(store).await;
    assert_eq!(store.keys(&everything()).await, []);
}
