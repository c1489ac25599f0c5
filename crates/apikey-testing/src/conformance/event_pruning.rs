//! Pruning old events.

use super::{
    TestStore,
    event_lists::Listing,
    test_store::{after, everything},
};
use apikey_domain::{
    change::{Change, Position, event::Event},
    testing::fixture,
};

/// Records an event at each of these seconds, and returns the events.
async fn events_at<const N: usize>(store: &TestStore, seconds: [i64; N]) -> [Event; N] {
    for second in seconds {
        let new = fixture::new_user(&format!("user {second}"));
        let by = fixture::by_service_at(after(second));
        let created = store.directory.create_user(by, new).await;
        created.unwrap();
    }
    let events = store.all_events(N).await;
    events.try_into().unwrap()
}

async fn prune(store: &TestStore, second: i64, limit: u32) -> u64 {
    let pruned = store.event_log.prune_events(after(second), limit).await;
    pruned.unwrap()
}

/// Checks that these events are left, and that earlier ones are known to be
/// missing.
async fn assert_left(store: &TestStore, left: &[Event], floor: Position) {
    for listing in [Listing::of_all(), Listing::OfKeys(everything())] {
        let page = listing.page(store, floor, 100).await;
        assert_eq!(page.floor, floor);
        assert!(!page.misses_some(floor));
        let is_of_key = |event: &&Event| matches!(event.change, Change::Key(_));
        let expected: Vec<_> = match listing {
            Listing::Events(_) => left.to_vec(),
            Listing::OfKeys(_) => left.iter().filter(is_of_key).cloned().collect(),
        };
        assert_eq!(page.events, expected);
        let page = listing.page(store, Position::START, 100).await;
        assert_eq!((page.events, page.floor), (expected, floor));
    }
}

pub async fn pruning_deletes_older_events(store: &TestStore) {
    let events = events_at(store, [1, 2, 3, 4]).await;
    assert_left(store, &events, Position::START).await;
    assert_eq!(prune(store, 1, 100).await, 0);
    assert_left(store, &events, Position::START).await;
    assert_eq!(prune(store, 3, 100).await, 2);
    assert_left(store, &events[2..], events[1].position).await;
    assert_eq!(prune(store, 3, 100).await, 0);
    assert_left(store, &events[2..], events[1].position).await;
    let page = Listing::of_all().page(store, events[0].position, 1).await;
    assert!(page.misses_some(events[0].position));
    assert!(page.misses_some(Position::START));
    assert!(!page.misses_some(events[2].position));
}

pub async fn pruning_deletes_at_most_the_limit(store: &TestStore) {
    let events = events_at(store, [1, 2, 3, 4]).await;
    for (limit, left) in [(1, 1), (2, 3), (2, 4)] {
        let pruned = prune(store, 100, limit).await;
        assert!(pruned <= u64::from(limit));
        assert_left(store, &events[left..], events[left - 1].position).await;
    }
}

pub async fn pruning_leaves_no_gap(store: &TestStore) {
    let events = events_at(store, [1, 2, 9, 3]).await;
    assert_eq!(prune(store, 5, 100).await, 2);
    assert_left(store, &events[2..], events[1].position).await;
}

pub async fn new_events_come_after_pruned_ones(store: &TestStore) {
    let events = events_at(store, [1, 2, 3]).await;
    let floor = events[2].position;
    assert_eq!(prune(store, 100, 100).await, 3);
    assert_left(store, &[], floor).await;
    let alice = store.user("alice").await;
    store.own_key(&alice, "ci").await;
    let events = store.events_after(floor, 2).await;
    assert_eq!(events.len(), 2);
    assert!(events[0].position > floor);
    assert_left(store, &events, floor).await;
}

pub async fn the_state_of_the_record_is_known(store: &TestStore) {
    let state = store.event_log.record_state().await.unwrap();
    assert_eq!((state.newest, state.events), (None, 0));
    // The newest is the last one, whatever it is dated.
    events_at(store, [1, 9, 4]).await;
    let state = store.event_log.record_state().await.unwrap();
    assert_eq!((state.newest, state.events), (Some(after(4)), 3));
    assert_eq!(prune(store, 2, 100).await, 1);
    let state = store.event_log.record_state().await.unwrap();
    assert_eq!((state.newest, state.events), (Some(after(4)), 2));
}
