//! A client of a watch, with the keys it knows and the position to resume from.

use apikey_domain::{
    change::{KeyEvent, Position},
    identifier::ApiKeyId,
    key::api_key::ApiKey,
    use_case::keys::watch_api_keys::{Since, WatchMessage},
};
use std::collections::BTreeMap;

/// Fails on messages that are repeated or contradict what it knows.
#[derive(Default)]
pub(super) struct Client {
    keys: BTreeMap<ApiKeyId, ApiKey>,
    pub(super) position: Option<Position>,
    /// How many resyncs it received.
    pub(super) resyncs: usize,
}

impl Client {
    /// Returns where to resume after a disconnect. Without a position, the client
    /// starts over.
    pub(super) fn since(&mut self) -> Option<Since> {
        if self.position.is_none() {
            self.keys.clear();
        }
        self.position.map(Since::Position)
    }

    pub(super) fn known(&self) -> Vec<ApiKey> {
        self.keys.values().cloned().collect()
    }

    pub(super) fn receive(&mut self, message: WatchMessage) {
        match message {
            WatchMessage::Present(keys) => {
                assert_eq!(self.position, None, "present after a position");
                for key in keys {
                    assert_eq!(self.keys.insert(key.id, key), None, "present twice");
                }
            }
            WatchMessage::Changed(change, position) => {
                self.apply(change.event.clone());
                assert!(position.is_none_or(|position| position == change.position));
                match position {
                    Some(position) => self.advance(position),
                    None => assert_eq!(self.position, None, "no position after one"),
                }
            }
            WatchMessage::Reached(position) => self.advance(position),
            WatchMessage::Resync => {
                self.keys.clear();
                self.position = None;
                self.resyncs += 1;
            }
        }
    }

    pub(super) fn advance(&mut self, position: Position) {
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
