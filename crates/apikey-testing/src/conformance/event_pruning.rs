//! How old events are deleted.

use super::{
    TestStore,
    event_lists::Listing,
    test_store::{after, everything},
};
use apikey_domain::{
    change::{Change, Position, event::Event},
    testing::fixture,
};

/// The events of these seconds, in this order.
async fn events_at<const N: usize>(subject: &TestStore, seconds: [i64; N]) -> [Event; N] {
    for second in seconds {
        let new = fixture::new_user(&format!("user {second}"));
        let by = fixture::attribution_at(after(second));
        let created = subject.directory.create_user(by, new).await;
        created.unwrap();
    }
    let events = subject.all_events(N).await;
    events.try_into().unwrap()
}

async fn prune(subject: &TestStore, second: i64, limit: u32) -> u64 {
    let pruned = subject.event_log.prune_events(after(second), limit).await;
    pruned.unwrap()
}

/// Checks what is there, and that all before is known to be missing.
async fn assert_left(subject: &TestStore, left: &[Event], floor: Position) {
    for listing in [Listing::of_all(), Listing::OfKeys(everything())] {
        let page = listing.page(subject, floor, 100).await;
        assert_eq!(page.floor, floor);
        assert!(!page.misses_some(floor));
        let is_of_key = |event: &&Event| matches!(event.change, Change::Key(_));
        let expected: Vec<_> = match listing {
            Listing::Events(_) => left.to_vec(),
            Listing::OfKeys(_) => left.iter().filter(is_of_key).cloned().collect(),
        };
        assert_eq!(page.events, expected);
        let page = listing.page(subject, Position::START, 100).await;
        assert_eq!((page.events, page.floor), (expected, floor));
    }
}

pub async fn pruning_deletes_what_is_older(subject: &TestStore) {
    let events = events_at(subject, [1, 2, 3, 4]).await;
    assert_left(subject, &events, Position::START).await;
    assert_eq!(prune(subject, 1, 100).await, 0);
    assert_left(subject, &events, Position::START).await;
    assert_eq!(prune(subject, 3, 100).await, 2);
    assert_left(subject, &events[2..], events[1].position).await;
    assert_eq!(prune(subject, 3, 100).await, 0);
    assert_left(subject, &events[2..], events[1].position).await;
    let page = Listing::of_all().page(subject, events[0].position, 1).await;
    assert!(page.misses_some(events[0].position));
    assert!(page.misses_some(Position::START));
    assert!(!page.misses_some(events[2].position));
}

pub async fn pruning_deletes_no_more_than_it_may(subject: &TestStore) {
    let events = events_at(subject, [1, 2, 3, 4]).await;
    for (limit, left) in [(1, 1), (2, 3), (2, 4)] {
        let pruned = prune(subject, 100, limit).await;
        assert!(pruned <= u64::from(limit));
        assert_left(subject, &events[left..], events[left - 1].position).await;
    }
}

pub async fn pruning_leaves_no_gap(subject: &TestStore) {
    let events = events_at(subject, [1, 2, 9, 3]).await;
    assert_eq!(prune(subject, 5, 100).await, 2);
    assert_left(subject, &events[2..], events[1].position).await;
}

pub async fn events_come_behind_those_that_were_pruned(subject: &TestStore) {
    let events = events_at(subject, [1, 2, 3]).await;
    let floor = events[2].position;
    assert_eq!(prune(subject, 100, 100).await, 3);
    assert_left(subject, &[], floor).await;
    let alice = subject.user("alice").await;
    subject.own_key(&alice, "ci").await;
    let events = subject.events_behind(floor, 2).await;
    assert_eq!(events.len(), 2);
    assert!(events[0].position > floor);
    assert_left(subject, &events, floor).await;
}
