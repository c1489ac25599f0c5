//! What others can make the server hold is bounded.

use apikey_domain::{
    change::{Change, KeyEvent, event::Event, hub::ChangeHub},
    error::PortError,
    identifier::ApiKeyId,
    port::usage_recorder::UsageRecorder,
    testing::fixture,
    verification::last_used_buffer::LastUsedBuffer,
};

fn created(number: i64) -> Event {
    let key = fixture::api_key(number, "ci");
    fixture::event(number, Change::Key(KeyEvent::Created(key)))
}

#[test]
fn one_more_watcher_than_allowed_is_refused_until_another_ends() {
    let hub = ChangeHub::new(2);
    let begin = || hub.subscribe(fixture::interest(1));
    let first = begin().unwrap();
    let _second = begin().unwrap();
    let Err(PortError::Unavailable(cause)) = begin() else {
        panic!("a third one was let in");
    };
    assert_eq!(cause.to_string(), "there are 2 watchers already");
    drop(first);
    assert!(begin().is_ok());
}

#[test]
fn a_watcher_that_is_256_changes_behind_is_ended_and_others_are_not() {
    let hub = ChangeHub::new(2);
    let mut slow = hub.subscribe(fixture::interest(1)).unwrap();
    let mut quick = hub.subscribe(fixture::interest(1)).unwrap();
    let most = ChangeHub::QUEUE_CAPACITY as i64;
    assert_eq!(most, 256);
    // The channel itself holds one more.
    let published = most + 2;
    for number in 1..=published {
        hub.publish([created(number)]);
        let received = quick.try_next().flatten().unwrap();
        assert_eq!(received.position, fixture::position(number));
    }
    // What was queued before is still received, and then the end.
    let mut received = 0;
    while let Some(change) = slow.try_next().unwrap() {
        received += 1;
        assert_eq!(change.position, fixture::position(received));
    }
    assert!((most..published).contains(&received), "{received}");
    hub.publish([created(published + 1)]);
    assert!(quick.try_next().flatten().is_some());
}

#[test]
fn uses_beyond_a_million_are_dropped_and_the_next_ones_are_kept() {
    let buffer = LastUsedBuffer::default();
    let most = LastUsedBuffer::CAPACITY as i64;
    assert_eq!(most, 1_000_000);
    for id in 0..most + 10 {
        buffer.record(ApiKeyId(id), fixture::instant());
    }
    let ids = buffer.take().unwrap().keys;
    assert_eq!(ids.len(), LastUsedBuffer::CAPACITY);
    buffer.record(ApiKeyId(most), fixture::instant());
    assert_eq!(buffer.take().unwrap().keys, [ApiKeyId(most)]);
}
