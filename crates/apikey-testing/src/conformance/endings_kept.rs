//! Keys that ended long ago are deleted.

use super::{
    TestStore,
    test_store::{ANYWHERE, after, events, everything, names, new_key},
};
use apikey_domain::{
    change::{
        KeyEvent, Position,
        ended::{EndedPlace, EndedStep},
        event::EventFilter,
    },
    identity::user::User,
    key::{
        api_key::{ApiKey, NewApiKey},
        changes::ApiKeyChanges,
        expiry::{Expiry, Lifetime},
        revocation::{NewRevocation, RevocationReason},
    },
    testing::fixture,
};
use futures_util::future::{join, join_all};

/// More than any clause has.
const ALL: u32 = 1_000;

/// Creates a key that expires at an instant, if any.
async fn key(store: &TestStore, user: &User, name: &str, expires: Option<i64>) -> ApiKey {
    let new = NewApiKey {
        created_at: after(-9_000),
        expires_at: expires.map_or(Expiry::NEVER, |seconds| Expiry::at(after(seconds))),
        ..new_key(user, user.principal_id, name)
    };
    let by = fixture::by_service_at(after(-9_000));
    store.api_keys.create(by, new).await.unwrap()
}

async fn change(
    store: &TestStore,
    key: &ApiKey,
    seconds: i64,
    changes: ApiKeyChanges,
) -> Option<ApiKey> {
    let by = fixture::by_service_at(after(seconds));
    let changed = store.api_keys.update(by, key.id, ANYWHERE, changes).await;
    changed.unwrap()
}

fn revoked() -> ApiKeyChanges {
    let (reason, comment) = (RevocationReason::Unused, None);
    ApiKeyChanges {
        revocation: Some(NewRevocation { reason, comment }),
        ..ApiKeyChanges::default()
    }
}

fn disabled() -> ApiKeyChanges {
    ApiKeyChanges {
        is_disabled: Some(true),
        ..ApiKeyChanges::default()
    }
}

fn until(seconds: i64) -> ApiKeyChanges {
    ApiKeyChanges {
        lifetime: Some(Lifetime::Until(after(seconds))),
        ..ApiKeyChanges::default()
    }
}

/// Deletes what ended before the instant of the fixtures, so many at once. Returns what each
/// step did.
async fn delete(store: &TestStore, most: u32) -> Vec<EndedStep> {
    let (mut place, mut steps) = (EndedPlace::START, Vec::new());
    loop {
        let step = store.endings.delete_ended(after(0), place, after(60), most);
        let step = step.await.unwrap();
        assert!(step.deleted <= most, "{step:?}");
        steps.push(step);
        let Some(next) = step.next else {
            return steps;
        };
        assert!(next > place);
        place = next;
    }
}

pub async fn what_ended_long_ago_is_deleted_and_nothing_else(store: &TestStore) {
    let alice = store.user("alice").await;
    for (name, expires, changes) in [
        ("never", None, None),
        ("expired before", Some(-1), None),
        ("expires later", Some(0), None),
        ("disabled", None, Some((-60, disabled()))),
        ("disabled, expires later", Some(1), Some((-60, disabled()))),
        (
            "disabled, expired before",
            Some(-1),
            Some((-60, disabled())),
        ),
        ("revoked before", None, Some((-1, revoked()))),
        ("revoked before, too", Some(60), Some((-1, revoked()))),
        ("revoked later", None, Some((0, revoked()))),
        (
            "expired before, revoked later",
            Some(-1),
            Some((0, revoked())),
        ),
    ] {
        let key = key(store, &alice, name, expires).await;
        if let Some((seconds, changes)) = changes {
            assert!(change(store, &key, seconds, changes).await.is_some());
        }
    }
    let steps = delete(store, ALL).await;
    assert_eq!(steps.iter().map(|step| step.deleted).sum::<u32>(), 4);
    let left = names(&store.keys(&everything()).await).join("; ");
    assert_eq!(
        left,
        "never; expires later; disabled; disabled, expires later; revoked later; \
         expired before, revoked later"
    );
    assert_eq!(delete(store, ALL).await[0].deleted, 0);
}

pub async fn the_deletion_of_an_ended_key_is_one_like_any_other(store: &TestStore) {
    let alice = store.user("alice").await;
    let other = key(store, &alice, "other", None).await;
    let first = key(store, &alice, "ci", Some(-1)).await;
    let start = store.last_event().await;
    let mut stream = store.watch(&alice, everything()).await;
    delete(store, ALL).await;
    assert_eq!(
        events(&mut stream, 1).await,
        [KeyEvent::Deleted(first.clone())]
    );
    let page = EventFilter::default();
    store.last_event().await;
    let page = store.event_log.list_events(&page, start, 10).await.unwrap();
    assert_eq!(page.events.len(), 1);
    let event = &page.events[0];
    assert_eq!(event.change.kind().as_str(), "api_key.deleted");
    assert_eq!(event.change.api_key_id(), Some(first.id));
    let by = event.attribution;
    assert_eq!((by.user_id, by.key_id, by.at), (None, None, after(60)));
    let access_key = first.access_key.as_str();
    assert!(store.key_facts.read(access_key).await.unwrap().is_none());
    // Its name is free.
    let again = key(store, &alice, "ci", None).await;
    assert_eq!(names(&store.keys(&everything()).await), ["other", "ci"]);
    assert_eq!(store.stored(other.id).await, Some(other));
    assert_ne!(again.id, first.id);
}

pub async fn an_ended_key_with_another_expiry_stays(store: &TestStore) {
    let alice = store.user("alice").await;
    let key = key(store, &alice, "ci", Some(-1)).await;
    let moved = change(store, &key, -1, until(60)).await.unwrap();
    delete(store, ALL).await;
    assert_eq!(store.stored(key.id).await, Some(moved));
    assert!(change(store, &key, -1, until(0)).await.is_some());
    delete(store, ALL).await;
    assert!(store.stored(key.id).await.is_some());
    let all = EventFilter::default();
    let page = store.event_log.list_events(&all, Position::START, 100);
    let kinds = page.await.unwrap().events;
    let kinds: Vec<_> = kinds
        .iter()
        .map(|event| event.change.kind().as_str())
        .collect();
    assert!(!kinds.contains(&"api_key.deleted"), "{kinds:?}");
}

pub async fn at_most_so_many_ended_keys_are_deleted_at_once(store: &TestStore) {
    let alice = store.user("alice").await;
    for number in 0..5 {
        key(store, &alice, &format!("same {number}"), Some(-60)).await;
        key(
            store,
            &alice,
            &format!("other {number}"),
            Some(-50 + number),
        )
        .await;
        let revoking = key(store, &alice, &format!("revoked {number}"), None).await;
        assert!(change(store, &revoking, -40, revoked()).await.is_some());
    }
    key(store, &alice, "stays", None).await;
    let steps = delete(store, 2).await;
    assert_eq!(steps.iter().map(|step| step.deleted).sum::<u32>(), 15);
    assert!(steps.len() >= 8, "{steps:?}");
    assert_eq!(names(&store.keys(&everything()).await), ["stays"]);
}

pub async fn of_a_deletion_and_another_expiry_one_wins(store: &TestStore) {
    const KEYS: i64 = 40;
    let alice = store.user("alice").await;
    let names: Vec<_> = (0..KEYS).map(|number| format!("ci {number}")).collect();
    let keys = names.iter().map(|name| key(store, &alice, name, Some(-60)));
    let keys = join_all(keys).await;
    let moving = join_all(keys.iter().map(|key| change(store, key, -61, until(60))));
    let deleting = join_all([delete(store, 3), delete(store, 3), delete(store, 3)]);
    let (moved, steps) = join(moving, deleting).await;
    let deleted: u32 = steps.iter().flatten().map(|step| step.deleted).sum();
    let stays = moved.iter().flatten().count();
    assert_eq!(deleted as usize + stays, keys.len());
    for (key, moved) in keys.iter().zip(moved) {
        assert_eq!(store.stored(key.id).await, moved);
    }
}
