//! What a watcher is sent, and from where on.

use crate::{
    change::{Committed, Position},
    key::api_key::ApiKey,
};
use std::sync::Arc;

/// A message to a watcher.
///
/// # Example
///
/// ```
/// use apikey_domain::{testing::fixture, use_case::keys::watch_api_keys::WatchMessage};
///
/// let message = WatchMessage::Present(vec![fixture::api_key(7, "ci")]);
/// assert_ne!(message, WatchMessage::Resync);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchMessage<T = ApiKey> {
    /// Existing entries.
    Present(Vec<T>),
    /// A change that was committed after them, with a position if everything up
    /// to it has been sent, so that a watch can resume from it.
    Changed(Arc<Committed<T>>, Option<Position>),
    /// Everything up to this position has been sent.
    Reached(Position),
    /// The watch cannot resume: all existing entries follow again.
    Resync,
}

/// Where a watch is to resume.
///
/// # Example
///
/// ```
/// use apikey_domain::{testing::fixture, use_case::keys::watch_api_keys::Since};
///
/// assert_eq!(Since::parse("7-7"), Since::Position(fixture::position(7)));
/// assert_eq!(Since::parse("yesterday"), Since::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// After this position.
    Position(Position),
    /// After text that is not a position.
    Unknown,
}

impl Since {
    /// Parses a position that was sent to a watcher.
    pub fn parse(text: &str) -> Self {
        Position::parse(text).map_or(Self::Unknown, Self::Position)
    }
}
