//! What is remembered of requests is forgotten in time.

use super::{
    TestStore,
    idempotency::Client,
    test_store::{after, everything, names},
};

/// More than any clause has.
const ALL: u32 = 1_000;

pub async fn a_request_is_remembered_for_a_day(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let is_new = async |name, seconds| {
        let sent = alice.send(store, "one", name, after(seconds)).await;
        sent.unwrap().opened.is_none()
    };
    assert!(is_new("ci", 0).await);
    assert!(!is_new("ci", 86_399).await);
    // Nothing has deleted the first one by now.
    assert!(is_new("cd", 86_400).await);
    assert!(!is_new("cd", 86_401).await);
    assert_eq!(names(&store.keys(&everything()).await).len(), 2);
}

pub async fn a_secret_is_wiped_when_it_may_not_be_opened(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let send = async || alice.send(store, "one", "ci", after(1)).await.unwrap();
    let forget = async |seconds| {
        let forgotten = store.idempotency_log.forget(after(seconds), ALL).await;
        forgotten.unwrap()
    };
    assert!(send().await.opened.is_none());
    assert_eq!(forget(300).await, 0);
    assert!(send().await.opened.unwrap().is_some());
    assert_eq!(forget(301).await, 1);
    assert_eq!(send().await.opened.unwrap(), None);
    assert_eq!(forget(301).await, 0);
}

pub async fn a_request_is_forgotten_after_a_day(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let send = async |name| alice.send(store, "one", name, after(0)).await.unwrap();
    assert!(send("ci").await.opened.is_none());
    let forget = |seconds| store.idempotency_log.forget(after(seconds), ALL);
    // Its secret is wiped.
    assert_eq!(forget(86_399).await.unwrap(), 1);
    assert!(send("ci").await.opened.is_some());
    assert_eq!(forget(86_400).await.unwrap(), 1);
    assert_eq!(forget(86_400).await.unwrap(), 0);
    assert!(send("cd").await.opened.is_none());
}

pub async fn what_is_dated_far_ahead_is_forgotten(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    let send = async |name, seconds| {
        let sent = alice.send(store, "one", name, after(seconds)).await;
        sent.unwrap().opened
    };
    assert!(send("ci", 100_000).await.is_none());
    assert_eq!(send("ci", 90_000).await, Some(None));
    assert!(send("cd", 0).await.is_none());
    let other = alice.send(store, "two", "ce", after(200_000)).await;
    assert!(other.unwrap().opened.is_none());
    let forgotten = store.idempotency_log.forget(after(0), ALL).await;
    assert!(forgotten.unwrap() > 0);
    assert!(send("cd", 0).await.unwrap().is_some());
    let other = alice.send(store, "two", "cf", after(200_000)).await;
    assert!(other.unwrap().opened.is_none());
}

pub async fn at_most_so_many_are_wiped_and_forgotten_at_once(store: &TestStore) {
    let alice = Client::new(store, "alice").await;
    for number in 0..5 {
        let text = number.to_string();
        alice.send(store, &text, &text, after(0)).await.unwrap();
    }
    let mut forgotten = Vec::new();
    while forgotten.last() != Some(&0) {
        let some = store.idempotency_log.forget(after(86_400), 2).await;
        forgotten.push(some.unwrap());
    }
    // A row may be wiped and forgotten by the same call, and counts twice then.
    assert!(forgotten.iter().all(|count| *count <= 4), "{forgotten:?}");
    assert!(forgotten.len() > 3, "{forgotten:?}");
    for number in 0..5 {
        let text = number.to_string();
        let name = format!("{text} again");
        let again = alice.send(store, &text, &name, after(0)).await;
        assert!(again.unwrap().opened.is_none());
    }
}
