//! Notices that keys expire.

use super::{
    TestStore,
    test_store::{ANYWHERE, after, everything, new_key},
};
use apikey_domain::{
    change::{Change, Position, event::EventFilter, notice::ExpiryNotices},
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

const DAY: i64 = 86_400;
/// More than any clause has.
const ALL: u32 = 1_000;

/// A user whose keys expire.
struct Owner<'a> {
    store: &'a TestStore,
    user: User,
}

// === impl Owner ===

impl<'a> Owner<'a> {
    /// Creates one, in a store that gives notices from the instant of the fixtures on.
    async fn new(store: &'a TestStore) -> Self {
        let user = store.user("alice").await;
        let owner = Self { store, user };
        assert_eq!(owner.told(0).await, [""; 0]);
        owner
    }

    /// Creates a key at an instant that expires at another one.
    async fn key(&self, name: &str, created: i64, expires: i64) -> ApiKey {
        let new = NewApiKey {
            created_at: after(created),
            expires_at: Expiry::at(after(expires)),
            ..new_key(&self.user, self.user.principal_id, name)
        };
        let by = fixture::by_service_at(after(created));
        self.store.api_keys.create(by, new).await.unwrap()
    }

    async fn change(&self, key: &ApiKey, at: i64, changes: ApiKeyChanges) {
        let by = fixture::by_service_at(after(at));
        let changed = self.store.api_keys.update(by, key.id, ANYWHERE, changes);
        changed.await.unwrap().unwrap();
    }

    /// Gives what is due a minute after an instant, and returns the names and days.
    async fn told(&self, seconds: i64) -> Vec<String> {
        let before = notices(self.store).await.len();
        give(self.store, seconds, ALL).await;
        let mut told = notices(self.store).await.split_off(before);
        told.sort();
        told
    }
}

/// Gives what is due a minute after an instant. Returns how many were given by each step.
async fn give(store: &TestStore, seconds: i64, most: u32) -> Vec<u32> {
    let notices = ExpiryNotices::default();
    let now = after(seconds + ExpiryNotices::HELD_BACK_SECONDS);
    let mut steps = Vec::new();
    while store.endings.has_notices(&notices, now).await.unwrap() {
        let step = store.endings.give_notices(&notices, now, most).await;
        let step = step.unwrap();
        assert!(step.given <= most, "{step:?}");
        steps.push(step.given);
    }
    steps
}

/// Returns all notices, in the order of their events.
async fn notices(store: &TestStore) -> Vec<String> {
    store.last_event().await;
    let (mut after, mut notices) = (Position::START, Vec::new());
    loop {
        let all = EventFilter::default();
        let page = store.event_log.list_events(&all, after, 1_000).await;
        let page = page.unwrap();
        for event in page.events {
            if let Change::Notice(notice) = event.change {
                let (name, days) = (notice.key.name.as_str(), notice.notice.days());
                notices.push(format!("{name} {days}"));
            }
        }
        if !page.has_more {
            return notices;
        }
        after = page.next;
    }
}

/// Returns changes that give a key another expiry.
fn until(seconds: i64) -> ApiKeyChanges {
    ApiKeyChanges {
        lifetime: Some(Lifetime::Until(after(seconds))),
        ..ApiKeyChanges::default()
    }
}

fn disabled(is_disabled: bool) -> ApiKeyChanges {
    ApiKeyChanges {
        is_disabled: Some(is_disabled),
        ..ApiKeyChanges::default()
    }
}

pub async fn notices_come_once_each_in_their_order(store: &TestStore) {
    let alice = Owner::new(store).await;
    let key = alice.key("ci", 0, 40 * DAY).await;
    for (seconds, expected) in [
        (10 * DAY - 1, None),
        (10 * DAY, Some("ci 30")),
        (10 * DAY + 1, None),
        (33 * DAY, Some("ci 7")),
        (39 * DAY, Some("ci 1")),
        (40 * DAY - 1, None),
        (40 * DAY, Some("ci 0")),
        (90 * DAY, None),
    ] {
        let told = alice.told(seconds).await;
        assert_eq!(told, Vec::from_iter(expected), "{seconds}");
    }
    assert_eq!(store.stored(key.id).await, Some(key));
}

pub async fn a_notice_is_the_key_as_it_is_and_by_the_service(store: &TestStore) {
    let alice = Owner::new(store).await;
    let key = alice.key("ci", 0, 60).await;
    assert_eq!(alice.told(60).await, ["ci 0"]);
    let filter = EventFilter {
        api_key_id: Some(key.id),
        user_id: Some(alice.user.id),
        principal_id: Some(alice.user.principal_id),
        ..EventFilter::default()
    };
    store.last_event().await;
    let page = store.event_log.list_events(&filter, Position::START, 10);
    let events = page.await.unwrap().events;
    let Some(Change::Notice(notice)) = events.last().map(|event| &event.change) else {
        panic!("{events:?}");
    };
    assert_eq!(notice.key, key);
    let by = events.last().unwrap().attribution;
    assert_eq!((by.user_id, by.key_id), (None, None));
    assert_eq!(by.at, after(60 + ExpiryNotices::HELD_BACK_SECONDS));
}

pub async fn a_notice_reaches_no_watcher(store: &TestStore) {
    let alice = Owner::new(store).await;
    let key = alice.key("ci", 0, 60).await;
    let start = store.last_event().await;
    let mut stream = store.watch(&alice.user, everything()).await;
    assert_eq!(alice.told(60).await, ["ci 0"]);
    alice.change(&key, 61, until(90)).await;
    let change = stream.next().await.unwrap();
    assert_eq!(change.event.key().expires_at, Expiry::at(after(90)));
    store.last_event().await;
    let filter = everything();
    let page = store.event_log.list_key_events(&filter, start, 10);
    let page = page.await.unwrap();
    let kinds: Vec<_> = page
        .events
        .iter()
        .map(|event| event.change.kind().as_str())
        .collect();
    assert_eq!(kinds, ["api_key.updated"]);
}

pub async fn a_notice_does_not_confirm_the_clock_that_made_it(store: &TestStore) {
    let alice = Owner::new(store).await;
    alice.key("ci", 0, 60).await;
    let before = store.event_log.record_state().await.unwrap();
    assert_eq!(before.latest[0], after(0));
    assert_eq!(alice.told(900 * DAY).await, ["ci 0"]);
    let state = store.event_log.record_state().await.unwrap();
    assert_eq!(state.latest, before.latest);
    assert_eq!(state.events, before.events + 1);
}

pub async fn a_store_that_begins_tells_nothing_of_what_was_before(store: &TestStore) {
    let user = store.user("alice").await;
    let alice = Owner { store, user };
    alice.key("long ago", -900 * DAY, -800 * DAY).await;
    alice.key("just now", -900 * DAY, 0).await;
    alice.key("soon", -900 * DAY, 1).await;
    alice.key("later", -900 * DAY, 20 * DAY).await;
    assert_eq!(alice.told(0).await, [""; 0]);
    assert_eq!(alice.told(1).await, ["soon 0"]);
    assert_eq!(alice.told(13 * DAY).await, ["later 7"]);
}

pub async fn after_a_long_pause_the_nearest_notice_is_the_only_one(store: &TestStore) {
    let alice = Owner::new(store).await;
    alice.key("in 2 days", 0, 42 * DAY).await;
    alice.key("in 20 days", 0, 60 * DAY).await;
    alice.key("in 31 days", 0, 71 * DAY).await;
    alice.key("has expired", 0, 35 * DAY).await;
    let expected = ["has expired 0", "in 2 days 7", "in 20 days 30"];
    assert_eq!(alice.told(40 * DAY).await, expected);
    assert_eq!(alice.told(40 * DAY).await, [""; 0]);
}

pub async fn a_short_life_has_the_notices_after_its_beginning(store: &TestStore) {
    let alice = Owner::new(store).await;
    alice.key("of 10 days", 0, 10 * DAY).await;
    alice.key("of a week", 0, 7 * DAY).await;
    alice.key("of an hour", 0, 3_600).await;
    // Nothing looked for them until then.
    assert_eq!(alice.told(1).await, [""; 0]);
    assert_eq!(alice.told(3_600).await, ["of an hour 0"]);
    assert_eq!(alice.told(4 * DAY).await, ["of 10 days 7"]);
    assert_eq!(alice.told(6 * DAY).await, ["of a week 1"]);
}

pub async fn an_expiry_that_is_moved_has_notices_of_its_own(store: &TestStore) {
    let alice = Owner::new(store).await;
    let key = alice.key("ci", 0, 10 * DAY).await;
    assert_eq!(alice.told(4 * DAY).await, ["ci 7"]);
    alice.change(&key, 5 * DAY, until(30 * DAY)).await;
    // That of the former one.
    assert_eq!(alice.told(9 * DAY).await, [""; 0]);
    assert_eq!(alice.told(23 * DAY).await, ["ci 7"]);
    assert_eq!(alice.told(29 * DAY).await, ["ci 1"]);
    assert_eq!(alice.told(30 * DAY).await, ["ci 0"]);
    alice.change(&key, 31 * DAY, until(33 * DAY)).await;
    assert_eq!(alice.told(32 * DAY).await, ["ci 1"]);
    let mut never = until(0);
    never.lifetime = Some(Lifetime::Unlimited);
    alice.change(&key, 32 * DAY, never).await;
    assert_eq!(alice.told(90 * DAY).await, [""; 0]);
}

pub async fn a_disabled_key_expires_when_its_owner_said(store: &TestStore) {
    let alice = Owner::new(store).await;
    let (ci, cd) = (
        alice.key("ci", 0, 2 * DAY).await,
        alice.key("cd", 0, 2 * DAY).await,
    );
    alice.change(&ci, 1, disabled(true)).await;
    alice.change(&cd, 1, disabled(true)).await;
    assert_eq!(alice.told(1).await, [""; 0]);
    assert_eq!(alice.told(DAY).await, ["cd 1", "ci 1"]);
    alice.change(&ci, DAY + 1, disabled(false)).await;
    assert_eq!(alice.told(DAY + 1).await, [""; 0]);
    assert_eq!(alice.told(2 * DAY).await, ["cd 0", "ci 0"]);
}

pub async fn nothing_is_said_of_keys_that_are_revoked_or_deleted(store: &TestStore) {
    let alice = Owner::new(store).await;
    let (ci, cd) = (
        alice.key("ci", 0, 2 * DAY).await,
        alice.key("cd", 0, 2 * DAY).await,
    );
    assert_eq!(alice.told(DAY).await, ["cd 1", "ci 1"]);
    let (reason, comment) = (RevocationReason::Other, None);
    let revoked = ApiKeyChanges {
        revocation: Some(NewRevocation { reason, comment }),
        ..ApiKeyChanges::default()
    };
    alice.change(&ci, DAY + 1, revoked).await;
    let by = fixture::by_service();
    let deleted = store.api_keys.delete(by, cd.id, ANYWHERE).await;
    assert!(deleted.unwrap().is_some());
    assert_eq!(alice.told(5 * DAY).await, [""; 0]);
}

pub async fn a_clock_that_is_set_back_repeats_nothing_and_loses_nothing(store: &TestStore) {
    let alice = Owner::new(store).await;
    alice.key("early", 0, 20 * DAY).await;
    assert_eq!(alice.told(300 * DAY).await, ["early 0"]);
    // It was ahead.
    let key = alice.key("late", 1, 10 * DAY).await;
    for (seconds, expected) in [
        (1, None),
        (3 * DAY, Some("late 7")),
        (2 * DAY, None),
        (3 * DAY, None),
        (9 * DAY, Some("late 1")),
        (10 * DAY, Some("late 0")),
        (20 * DAY, None),
    ] {
        let told = alice.told(seconds).await;
        assert_eq!(told, Vec::from_iter(expected), "{seconds}");
    }
    assert_eq!(store.stored(key.id).await, Some(key));
}

pub async fn at_most_so_many_keys_are_told_of_at_once(store: &TestStore) {
    let alice = Owner::new(store).await;
    for number in 0..7 {
        alice.key(&format!("same {number}"), 0, 60).await;
    }
    for number in 0..3 {
        alice.key(&format!("other {number}"), 0, 61 + number).await;
    }
    let steps = give(store, 70, 2).await;
    assert_eq!(steps.iter().sum::<u32>(), 10, "{steps:?}");
    assert!(steps.len() >= 5, "{steps:?}");
    let told = notices(store).await;
    assert_eq!(&told[7..], ["other 0 0", "other 1 0", "other 2 0"]);
    assert_eq!(give(store, 70, 2).await, [0; 0]);
}

pub async fn of_many_that_look_at_once_one_gives_a_notice(store: &TestStore) {
    let alice = Owner::new(store).await;
    one_gives_each(&[store], &alice.user).await;
}

/// Gives notices through all nodes at once, while expiries are moved.
pub(super) async fn one_gives_each(nodes: &[&TestStore], user: &User) {
    let store = nodes[0];
    let owner = Owner {
        store,
        user: user.clone(),
    };
    const KEYS: usize = 40;
    let names: Vec<_> = (0..KEYS).map(|number| format!("ci {number:02}")).collect();
    let keys = join_all(names.iter().map(|name| owner.key(name, 0, 60))).await;
    let all: Vec<_> = (0..8).map(|number| nodes[number % nodes.len()]).collect();
    let giving = join_all(all.into_iter().map(|node| give(node, 60, 3)));
    let moved = keys.iter().step_by(2);
    let moving = join_all(moved.map(|key| owner.change(key, 1, until(2 * DAY))));
    join(giving, moving).await;
    // Whoever found another one at it gave up.
    give(store, 60, ALL).await;
    let told = notices(store).await;
    for (number, name) in names.iter().enumerate() {
        let count = told
            .iter()
            .filter(|told| **told == format!("{name} 0"))
            .count();
        let is_moved = number % 2 == 0;
        assert!(count == 1 || is_moved && count == 0, "{name}: {told:?}");
    }
    give(store, 2 * DAY, ALL).await;
    let last = notices(store).await.split_off(told.len());
    assert_eq!(last.len(), KEYS / 2, "{last:?}");
}
