//! An app with a watcher and concurrent writes.

use crate::interleaved::{Around, Interleaved, Write, write};
use apikey_domain::{
    access::policy::KeySelection,
    change::KeyEvent,
    identity::user::User,
    key::{api_key::ApiKey, creation::Creation},
    port::event_log::EventLog,
    testing::fixture,
    use_case::keys::watch_api_keys::{Watch, WatchMessage, watch_api_keys},
};
use apikey_testing::{Memory, TestApp, test_app::in_own_principal};
use futures_util::future::poll_immediate;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// An app in which alice watches her keys while others write.
pub(super) struct WatchedApp {
    memory: Arc<Memory>,
    alice: User,
    pub(super) watch: Watch,
}

impl WatchedApp {
    /// Creates keys 1 to `count` of alice and starts the watch. `around` are the
    /// writes before and after each read of the store.
    pub(super) async fn new(count: usize, around: Vec<Around>) -> Self {
        let mut app = TestApp::new();
        let alice = app.user("alice").await;
        for number in 1..=count {
            let create = Write::Create(format!("key {number}"));
            write(&app.memory, &alice, create).await;
        }
        app.keys.server.event_log = Arc::new(Interleaved {
            memory: app.memory.clone(),
            user: alice.clone(),
            around: Mutex::new(around.into()),
        });
        let context = in_own_principal(&alice);
        let watch = watch_api_keys(&context, &app.keys, &KeySelection::OWN, None).await;
        Self {
            memory: app.memory,
            alice,
            watch: watch.unwrap(),
        }
    }

    pub(super) async fn write(&self, change: Write) {
        write(&self.memory, &self.alice, change).await;
    }

    /// Returns the messages that are ready now: existing keys, then changes.
    pub(super) async fn messages(&mut self) -> (Vec<ApiKey>, Vec<KeyEvent>) {
        let (mut present, mut events) = (Vec::new(), Vec::new());
        while let Some(message) = poll_immediate(self.watch.next()).await {
            match message.unwrap().unwrap() {
                WatchMessage::Present(keys) => {
                    assert!(events.is_empty(), "present after changes");
                    present.extend(keys);
                }
                WatchMessage::Changed(change, _) => events.push(change.event.clone()),
                WatchMessage::Reached(_) => {}
                WatchMessage::Resync => unreachable!("nothing was missed"),
            }
        }
        (present, events)
    }

    pub(super) async fn stored(&self) -> Vec<ApiKey> {
        let filter = fixture::filter(None, None, None);
        let (mut keys, mut after) = (Vec::new(), Creation::FIRST);
        loop {
            let read = self.memory.snapshot_after(&filter, after, 10_000);
            let read = read.await.unwrap();
            keys.extend(read.keys);
            match keys.last() {
                Some(last) if read.has_more => after = Creation::of(last),
                _ => return keys,
            }
        }
    }
}

/// Returns the keys a watcher knows after these messages. Fails if an event
/// contradicts the keys before it.
pub(super) fn final_keys(present: Vec<ApiKey>, events: Vec<KeyEvent>) -> Vec<ApiKey> {
    let mut keys = BTreeMap::new();
    for key in present {
        assert_eq!(keys.insert(key.id, key), None, "present twice");
    }
    for event in events {
        match event {
            KeyEvent::Created(key) => assert_eq!(keys.insert(key.id, key), None),
            KeyEvent::Updated { before, after } => {
                assert_eq!(keys.insert(after.id, after), Some(before));
            }
            KeyEvent::Deleted(key) => assert_eq!(keys.remove(&key.id), Some(key)),
        }
    }
    keys.into_values().collect()
}
