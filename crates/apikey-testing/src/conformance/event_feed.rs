//! The events of keys, compared with what subscribers receive.

use super::{
    TestStore,
    event_lists::Listing,
    events::by,
    test_store::{ANYWHERE, described, everything, filter, of_user, receive},
};
use apikey_domain::{
    access::policy::ApiKeyFilter,
    change::{Change, Position, event::Event},
};

fn is_of_key(event: &Event, filter: &ApiKeyFilter) -> bool {
    match &event.change {
        Change::Key(key) => filter.concerns(key),
        _ => false,
    }
}

pub async fn the_events_of_keys_are_those_the_filter_admits(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let robot = store.system_user("robot").await;
    let acme = store.organization("acme").await;
    let mut keys = Vec::new();
    for name in ["ÄPFEL", "100%", "last äpfel"] {
        for user in [&alice, &robot, &bob] {
            keys.push(store.own_key(user, name).await);
            keys.push(store.key(user, acme.id, name).await);
        }
    }
    for (number, key) in keys.iter().enumerate() {
        let api_keys = &store.api_keys;
        if number % 2 == 0 {
            let updated = api_keys.update(by(1), key.id, ANYWHERE, described("x"));
            assert!(updated.await.unwrap().is_some());
        }
        if number % 3 == 0 {
            let deleted = api_keys.delete(by(2), key.id, ANYWHERE).await;
            assert!(deleted.unwrap().is_some());
        }
    }
    let all = store.all_events(4 + 18 + 9 + 6).await;
    assert_eq!(all.len(), 4 + 18 + 9 + 6);
    for filter in [
        everything(),
        of_user(&alice),
        of_user(&robot),
        filter(None, Some(acme.id), ""),
        filter(Some(bob.id), Some(acme.id), "äpfel"),
        filter(Some(alice.id), Some(alice.principal_id), "LAST"),
        filter(Some(alice.id), Some(bob.principal_id), ""),
        filter(None, None, "%"),
        filter(None, None, "_"),
    ] {
        let admitted = all.iter().filter(|event| is_of_key(event, &filter));
        let expected: Vec<_> = admitted.cloned().collect();
        let listing = Listing::OfKeys(filter.clone());
        for limit in [1, 2, 100] {
            let collected = listing.collected(store, limit).await;
            assert_eq!(collected, expected, "{filter:?} by {limit}");
        }
    }
}

pub async fn a_watcher_receives_what_is_recorded(store: &TestStore) {
    let (alice, bob) = (store.user("alice").await, store.user("bob").await);
    let mut stream = store.watch(&bob, everything()).await;
    let key = store.own_key(&alice, "ci").await;
    let updated = store
        .api_keys
        .update(by(1), key.id, ANYWHERE, described("x"));
    assert!(updated.await.unwrap().is_some());
    store.own_key(&alice, "deleted too").await;
    let deleted = store.directory.delete_user(by(2), alice.id).await;
    assert!(deleted.unwrap());
    let delivered = receive(&mut stream, 5).await;
    let recorded = store.all_events(2 + 5 + 1).await;
    let recorded = recorded.into_iter().filter_map(Event::into_key_change);
    let delivered: Vec<_> = delivered.iter().map(|change| (**change).clone()).collect();
    assert_eq!(delivered, recorded.collect::<Vec<_>>());
}

pub async fn a_subscription_continues_from_its_start_position(store: &TestStore) {
    let alice = store.user("alice").await;
    for round in 0..5 {
        store.own_key(&alice, &format!("before {round}")).await;
        let mut stream = store.watch(&alice, everything()).await;
        let key = store.own_key(&alice, &format!("after {round}")).await;
        let recorded = store.all_events(1 + 2 * (round + 1)).await;
        let changes = recorded.into_iter().filter_map(Event::into_key_change);
        let later = changes.filter(|change| change.position > stream.since());
        let later: Vec<_> = later.collect();
        assert_eq!(later.last().unwrap().event.key(), &key);
        for expected in later {
            assert_eq!(stream.next().await.as_deref(), Some(&expected));
        }
    }
}

pub async fn a_position_beyond_the_end_misses_some(store: &TestStore) {
    let alice = store.user("alice").await;
    store.own_key(&alice, "ci").await;
    store.all_events(2).await;
    for listing in [Listing::of_all(), Listing::OfKeys(everything())] {
        let page = listing.page(store, Position::START, 10).await;
        assert!(!page.misses_some(Position::START));
        assert!(!page.misses_some(page.next));
        let beyond = Position {
            horizon: page.next.horizon + 1_000_000,
            number: 0,
        };
        let page = listing.page(store, beyond, 10).await;
        assert_eq!(page.events, []);
        assert!(page.misses_some(beyond));
    }
}

pub async fn a_position_that_no_event_has_misses_some(store: &TestStore) {
    let alice = store.user("alice").await;
    store.own_key(&alice, "ci").await;
    let events = store.all_events(2).await;
    let first = events[0].position;
    // As that of an event that a server lost when another replaced it.
    let lost = Position {
        number: first.number + 1_000_000,
        ..first
    };
    for listing in [Listing::of_all(), Listing::OfKeys(everything())] {
        assert!(!listing.page(store, first, 10).await.misses_some(first));
        assert!(listing.page(store, lost, 10).await.misses_some(lost));
    }
}
