//! The event of each kind of change.

use super::{
    TestStore,
    test_store::{ANYWHERE, after, described, new_key},
};
use apikey_domain::{
    access::{attribution::Attribution, authority::Authority},
    change::{
        Change, Membership, Position, Transition,
        event::{Event, EventFilter},
    },
    gpustack::{AllowedModelNames, ScopeSet},
    identifier::{ApiKeyId, UserId},
    identity::{
        organization::{OrganizationChanges, Role},
        password::PasswordHash,
        user::{FullName, UserChanges},
    },
    key::{
        api_key::{ApiKey, NewApiKey},
        expiry::Expiry,
        key_name::Description,
        mask::Origin,
        metadata::Metadata,
    },
    testing::fixture,
    timestamp::Timestamp,
};
use futures_channel::oneshot;
use std::{thread, time::Duration};

impl TestStore {
    /// Returns the events after `after`, once there are `count` of them. On some
    /// stores an event is visible only after all earlier transactions have ended.
    pub(super) async fn events_after(&self, after: Position, count: usize) -> Vec<Event> {
        let everything = EventFilter::default();
        let mut tries = 1_000;
        loop {
            let (mut events, mut next) = (Vec::new(), after);
            loop {
                let page = self.event_log.list_events(&everything, next, 1_000).await;
                let page = page.unwrap();
                events.extend(page.events);
                if !page.has_more {
                    break;
                }
                next = page.next;
            }
            tries -= 1;
            if events.len() >= count || tries == 0 {
                return events;
            }
            pause().await;
        }
    }

    /// Returns all events, once there are `count` of them.
    pub(super) async fn all_events(&self, count: usize) -> Vec<Event> {
        self.events_after(Position::START, count).await
    }

    /// Checks that these changes were recorded, in this order, and nothing else.
    async fn assert_recorded(&self, expected: &[(Attribution, Change)]) {
        let events = self.all_events(expected.len()).await;
        let recorded = events
            .into_iter()
            .map(|event| (event.attribution, event.change));
        assert_eq!(recorded.collect::<Vec<_>>(), expected);
    }
}

/// Waits for 20 ms, with or without a runtime.
pub(super) async fn pause() {
    let (wake, woken) = oneshot::channel();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(20));
        let _ = wake.send(());
    });
    let _ = woken.await;
}

/// Returns an authority that is attributed to some user and not judged.
pub(super) fn by(number: i64) -> Authority {
    fixture::by_anyone(attributed(number))
}

/// Returns an attribution to some user, this many seconds after the fixture's
/// instant. Events keep the ids, whether or not the user and the key exist.
pub(super) fn attributed(number: i64) -> Attribution {
    Attribution {
        at: after(number),
        user_id: Some(UserId(number)),
        key_id: (number % 2 == 0).then_some(ApiKeyId(number)),
    }
}

pub async fn changes_of_users_are_recorded(store: &TestStore) {
    let directory = &store.directory;
    let service = Attribution::system(after(1));
    let new = fixture::new_user("alice");
    let by_service = fixture::by_service_at(after(1));
    let first = directory.create_first_user(by_service, new).await;
    let first = first.unwrap().unwrap();
    let changes = UserChanges {
        full_name: Some(Some(FullName::parse("Alice A.").unwrap())),
        ..UserChanges::default()
    };
    let named = directory.update_user(by(2), first.id, changes).await;
    let named = named.unwrap().unwrap();
    let changes = UserChanges {
        password_hash: Some(PasswordHash::new("plain:changed")),
        ..UserChanges::default()
    };
    let changed = directory.update_user(by(3), first.id, changes).await;
    let changed = changed.unwrap().unwrap();
    let second = directory.create_user(by(4), fixture::new_user("bob")).await;
    let second = second.unwrap();
    assert!(directory.delete_user(by(5), first.id).await.unwrap());

    let updated = |before, after| Change::User(Transition::Updated { before, after });
    let expected = [
        (service, Change::User(Transition::Created(first.clone()))),
        (attributed(2), updated(first, named.clone())),
        (attributed(3), Change::Password(changed.clone())),
        (attributed(3), updated(named, changed.clone())),
        (attributed(4), Change::User(Transition::Created(second))),
        (attributed(5), Change::User(Transition::Deleted(changed))),
    ];
    store.assert_recorded(&expected).await;
}

pub async fn changes_of_organizations_are_recorded(store: &TestStore) {
    let directory = &store.directory;
    let new = fixture::new_organization("acme");
    let created = directory.create_organization(by(1), new).await.unwrap();
    let changes = OrganizationChanges {
        description: Some(Some(Description::parse("makes everything").unwrap())),
        ..OrganizationChanges::default()
    };
    let id = created.id;
    let updated = directory.update_organization(by(2), id, changes).await;
    let updated = updated.unwrap().unwrap();
    assert!(directory.delete_organization(by(3), id).await.unwrap());

    let changed = Transition::Updated {
        before: created.clone(),
        after: updated.clone(),
    };
    let expected = [
        (
            attributed(1),
            Change::Organization(Transition::Created(created)),
        ),
        (attributed(2), Change::Organization(changed)),
        (
            attributed(3),
            Change::Organization(Transition::Deleted(updated)),
        ),
    ];
    store.assert_recorded(&expected).await;
}

pub async fn changes_of_members_are_recorded(store: &TestStore) {
    let directory = &store.directory;
    let alice = store.user("alice").await;
    let acme = store.organization("acme").await;
    let (id, user_id) = (acme.id, alice.id);
    let added = directory.add_member(by(1), id, user_id, Role::User).await;
    assert!(added.unwrap().is_some());
    let updated = directory.update_member(by(2), id, user_id, Role::Admin);
    assert!(updated.await.unwrap().is_some());
    let other = store.user("bob").await;
    store.join(&acme, &other, Role::Admin).await;
    let removed = directory.remove_member(by(3), id, user_id).await;
    assert!(removed.unwrap());

    let as_user = Membership {
        organization_id: id,
        user_id,
        role: Role::User,
    };
    let as_admin = Membership {
        role: Role::Admin,
        ..as_user
    };
    let others = Membership {
        user_id: other.id,
        ..as_admin
    };
    let promoted = Transition::Updated {
        before: as_user,
        after: as_admin,
    };
    let service = Attribution::system(fixture::instant());
    let expected = [
        (service, Change::User(Transition::Created(alice))),
        (service, Change::Organization(Transition::Created(acme))),
        (attributed(1), Change::Member(Transition::Created(as_user))),
        (attributed(2), Change::Member(promoted)),
        (service, Change::User(Transition::Created(other))),
        (service, Change::Member(Transition::Created(others))),
        (attributed(3), Change::Member(Transition::Deleted(as_admin))),
    ];
    store.assert_recorded(&expected).await;
}

pub async fn changes_of_keys_are_recorded(store: &TestStore) {
    let keys = &store.api_keys;
    let robot = store.system_user("robot").await;
    let new = new_key(&robot, robot.principal_id, "ci");
    let created = keys.create(by(1), new).await.unwrap();
    let id = created.id;
    let updated = keys.update(by(2), id, ANYWHERE, described("for CI")).await;
    let updated = updated.unwrap().unwrap();
    keys.record_uses(&[id], after(60)).await.unwrap();
    let deleted = keys.delete(by(3), id, ANYWHERE).await.unwrap().unwrap();
    let used = ApiKey {
        last_used_at: Some(after(60)),
        ..updated.clone()
    };
    assert_eq!(deleted, used);

    let changed = Transition::Updated {
        before: created.clone(),
        after: updated,
    };
    let service = Attribution::system(fixture::instant());
    let expected = [
        (service, Change::User(Transition::Created(robot))),
        (attributed(1), Change::Key(Transition::Created(created))),
        (attributed(2), Change::Key(changed)),
        (attributed(3), Change::Key(Transition::Deleted(deleted))),
    ];
    store.assert_recorded(&expected).await;
}

pub async fn an_event_keeps_every_value(store: &TestStore) {
    let text = "it's \"quoted\" \\u0000 {}[] 漢字 👩‍👩‍👧‍👦 \u{feff}";
    let at = Timestamp::from_microseconds(-1).unwrap();
    let user = store
        .user_who(text, |new| {
            new.full_name = Some(FullName::parse(text).unwrap());
            (new.is_admin, new.is_active, new.is_system) = (true, false, true);
            new.created_at = at;
        })
        .await;
    let new = NewApiKey {
        description: Some(Description::parse(format!("{text}\r\n\t")).unwrap()),
        scope: ScopeSet::parse(["management", "*", "management"]).unwrap(),
        allowed_model_names: AllowedModelNames::parse(Some(vec![text.into()])).unwrap(),
        origin: Origin::Custom,
        metadata: Metadata::parse([("note".to_owned(), format!("{text}\n"))]).unwrap(),
        expires_at: Expiry::at(Timestamp::MAX),
        created_at: at,
        ..new_key(&user, user.principal_id, text)
    };
    let full = store.api_keys.create(by(1), new).await.unwrap();
    let new = NewApiKey {
        description: Some(Description::parse("").unwrap()),
        scope: ScopeSet::NONE,
        allowed_model_names: AllowedModelNames::parse(Some(Vec::new())).unwrap(),
        ..new_key(&user, user.principal_id, "empty")
    };
    let empty = store.api_keys.create(by(2), new).await.unwrap();
    let expected = [
        (
            Attribution::system(fixture::instant()),
            Change::User(Transition::Created(user)),
        ),
        (attributed(1), Change::Key(Transition::Created(full))),
        (attributed(2), Change::Key(Transition::Created(empty))),
    ];
    store.assert_recorded(&expected).await;
}
