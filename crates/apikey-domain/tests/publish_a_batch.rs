//! A batch of events does not block the hub until its end.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use apikey_domain::{
    change::{Change, KeyEvent, event::Event, hub::ChangeHub},
    testing::fixture,
};
use std::{
    thread::{self, JoinHandle},
    time::Duration,
};

const BATCH: i64 = 200;

fn created(number: i64) -> Event {
    let key = fixture::api_key(number, "ci");
    fixture::event(number, Change::Key(KeyEvent::Created(key)))
}

/// Publishes events 1 to [`BATCH`] at once. Another thread runs `call` while the tenth
/// is made. Returns its result.
fn during_a_batch<T: Send + 'static>(
    hub: &ChangeHub,
    call: impl FnOnce(&ChangeHub) -> T + Send + 'static,
) -> T {
    let mut call = Some(call);
    let mut calling: Option<JoinHandle<T>> = None;
    let events = (1..=BATCH).map(|number| {
        if number == 10
            && let Some(call) = call.take()
        {
            let hub = hub.clone();
            calling = Some(thread::spawn(move || call(&hub)));
            // Until the thread waits for the hub.
            thread::sleep(Duration::from_millis(100));
        }
        created(number)
    });
    hub.publish(events);
    calling.unwrap().join().unwrap()
}

#[test]
fn a_call_that_waits_for_the_hub_goes_before_the_next_event_but_one() {
    let hub = ChangeHub::new(10);
    let reached = during_a_batch(&hub, ChangeHub::reached);
    assert!(reached <= fixture::position(11), "{reached:?}");
    assert_eq!(hub.reached(), fixture::position(BATCH));
}

#[test]
fn a_subscription_that_begins_within_a_batch_receives_exactly_what_follows() {
    let hub = ChangeHub::new(10);
    let begin = |hub: &ChangeHub| hub.subscribe(fixture::interest(1)).unwrap();
    let mut stream = during_a_batch(&hub, begin);
    let since = stream.since();
    assert!(since <= fixture::position(11), "{since:?}");
    let received = std::iter::from_fn(|| stream.try_next().flatten());
    let received: Vec<_> = received.map(|change| change.position).collect();
    let expected: Vec<_> = (1..=BATCH).map(fixture::position).collect();
    let expected: Vec<_> = expected.into_iter().filter(|p| *p > since).collect();
    assert_eq!(received, expected);
}

#[test]
fn what_is_reached_has_been_queued_also_within_a_batch() {
    let hub = ChangeHub::new(10);
    let mut stream = hub.subscribe(fixture::interest(1)).unwrap();
    let queued = during_a_batch(&hub, move |_| {
        let (reached, _) = stream.reached();
        let received = std::iter::from_fn(|| stream.try_next().flatten());
        (reached, received.map(|change| change.position).max())
    });
    let (reached, last) = queued;
    assert!(reached <= fixture::position(11), "{reached:?}");
    assert!(last >= Some(reached), "{last:?} {reached:?}");
}
