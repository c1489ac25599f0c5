//! Pruning old events.

use super::{
    TestStore,
    event_lists::Listing,
    test_store::{after, everything},
};
use apikey_domain::{
    change::{Change, Position, cutoff::Cutoff, event::Event},
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

/// When it is when events are pruned.
const NOW: i64 = 1_000;

async fn prune(store: &TestStore, second: i64, limit: u32) -> u64 {
    let cutoff = Cutoff {
        before: after(second),
        now: after(NOW),
    };
    let (mut events, mut next) = (0, Some(Position::START));
    while let Some(position) = next {
        let rest = limit - u32::try_from(events).unwrap();
        let pruned = store.event_log.prune_events(cutoff, position, rest).await;
        let pruned = pruned.unwrap();
        events += pruned.events;
        next = pruned.next.filter(|_| events < u64::from(limit));
    }
    events
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

pub async fn pruning_leaves_no_gap_for_a_clock_that_was_behind(store: &TestStore) {
    let events = events_at(store, [1, 2, 9, 3]).await;
    assert_eq!(prune(store, 5, 100).await, 2);
    assert_left(store, &events[2..], events[1].position).await;
}

pub async fn pruning_passes_over_dates_that_are_ahead(store: &TestStore) {
    let events = events_at(store, [2 * NOW, 1, 2, 3 * NOW, 3, 4, 5, 7, 9]).await;
    assert_eq!(prune(store, 6, 4).await, 4);
    assert_eq!(prune(store, 6, 100).await, 1);
    let left = [&events[..1], &events[3..4], &events[7..]].concat();
    let floor = events[6].position;
    let page = Listing::of_all().page(store, Position::START, 100).await;
    assert_eq!((page.events, page.floor), (left, floor));
    let page = Listing::of_all().page(store, floor, 100).await;
    assert_eq!(page.events, events[7..]);
    assert!(!page.misses_some(floor));
    // Whoever has read up to one that is left lacks those after it.
    let page = Listing::of_all().page(store, events[0].position, 100).await;
    assert!(page.misses_some(events[0].position));
    // What is left goes when its date has passed, and the floor does not move back.
    let cutoff = Cutoff {
        before: after(3 * NOW),
        now: after(4 * NOW),
    };
    let pruned = store.event_log.prune_events(cutoff, Position::START, 1);
    assert_eq!(pruned.await.unwrap().events, 1);
    let page = Listing::of_all().page(store, floor, 100).await;
    assert_eq!((page.events, page.floor), (events[7..].to_vec(), floor));
}

pub async fn one_late_date_among_old_ones_keeps_only_itself(store: &TestStore) {
    let events = events_at(store, [1, 7, 2, 3, 8]).await;
    assert_eq!(prune(store, 6, 100).await, 3);
    let page = Listing::of_all().page(store, Position::START, 100).await;
    let left = [events[1].clone(), events[4].clone()].to_vec();
    assert_eq!((page.events, page.floor), (left, events[3].position));
}

pub async fn only_dates_that_are_ahead_may_be_left(store: &TestStore) {
    let events = events_at(store, [2 * NOW, 1, 2]).await;
    assert_eq!(prune(store, 6, 100).await, 2);
    let floor = events[2].position;
    let page = Listing::of_all().page(store, floor, 100).await;
    assert_eq!((page.events, page.next), (Vec::new(), floor));
    let beyond = Position {
        number: floor.number + 100,
        horizon: floor.horizon + 100,
    };
    let page = Listing::of_all().page(store, beyond, 100).await;
    assert_eq!(page.next, floor);
    store.user("bob").await;
    assert_eq!(store.events_after(floor, 1).await.len(), 1);
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
    assert_eq!((state.latest.len(), state.events), (0, 0));
    // In the order in which they were recorded, whatever they are dated.
    events_at(store, [1, 9, 4]).await;
    let state = store.event_log.record_state().await.unwrap();
    assert_eq!(state.latest, [4, 9, 1].map(after));
    assert_eq!(state.events, 3);
    assert_eq!(prune(store, 2, 100).await, 1);
    let state = store.event_log.record_state().await.unwrap();
    assert_eq!(state.latest, [4, 9].map(after));
    assert_eq!(state.events, 2);
}
