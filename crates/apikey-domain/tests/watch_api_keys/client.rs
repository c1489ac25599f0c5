//! A client of a watch: what it knows, and from where it can go on.

use apikey_domain::{
    change::{KeyEvent, Position},
    identifier::ApiKeyId,
    key::api_key::ApiKey,
    use_case::keys::watch_api_keys::{Since, WatchMessage},
};
use std::collections::BTreeMap;

/// Notices what is told twice or does not fit what it knows.
#[derive(Default)]
pub(super) struct Client {
    keys: BTreeMap<ApiKeyId, ApiKey>,
    pub(super) position: Option<Position>,
    /// How often it was told to start anew.
    pub(super) resyncs: usize,
}

impl Client {
    /// From where to go on when a watch broke off. Who was told no position
    /// starts anew.
    pub(super) fn since(&mut self) -> Option<Since> {
        if self.position.is_none() {
            self.keys.clear();
        }
        self.position.map(Since::Position)
    }

    pub(super) fn known(&self) -> Vec<ApiKey> {
        self.keys.values().cloned().collect()
    }

    pub(super) fn hear(&mut self, told: WatchMessage) {
        match told {
            WatchMessage::Present(keys) => {
                assert_eq!(self.position, None, "present behind a position");
                for key in keys {
                    assert_eq!(self.keys.insert(key.id, key), None, "present twice");
                }
            }
            WatchMessage::Changed(change, position) => {
                self.apply(change.event.clone());
                assert!(position.is_none_or(|position| position == change.position));
                match position {
                    Some(position) => self.go_to(position),
                    None => assert_eq!(self.position, None, "no position behind one"),
                }
            }
            WatchMessage::Reached(position) => self.go_to(position),
            WatchMessage::Resync => {
                self.keys.clear();
                self.position = None;
                self.resyncs += 1;
            }
        }
    }

    pub(super) fn go_to(&mut self, position: Position) {
        assert!(self.position.is_none_or(|last| last <= position));
        self.position = Some(position);
    }

    fn apply(&mut self, event: KeyEvent) {
        match event {
            KeyEvent::Created(key) => assert_eq!(self.keys.insert(key.id, key), None),
            KeyEvent::Updated { before, after } => {
                assert_eq!(self.keys.insert(after.id, after), Some(before));
            }
            KeyEvent::Deleted(key) => assert_eq!(self.keys.remove(&key.id), Some(key)),
        }
    }
}
