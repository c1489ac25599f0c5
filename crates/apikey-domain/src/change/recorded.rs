//! Events as the record holds them: also those this release cannot read.

use super::{
    AccessLoss, KeyChange, Position,
    event::{Event, EventKind},
};
use crate::identifier::{ApiKeyId, PrincipalId, UserId};

/// An event as the record holds it.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{Change, KeyEvent, recorded::RecordedEvent};
/// use apikey_domain::testing::fixture;
///
/// let created = Change::Key(KeyEvent::Created(fixture::api_key(7, "ci")));
/// let event = RecordedEvent::from(fixture::event(1, created));
/// assert!(!event.is_revocation());
/// assert_eq!(event.position(), fixture::position(1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every event is readable, and none is worth an allocation"
)]
pub enum RecordedEvent {
    /// What was done.
    Readable(Event),
    /// Something was done.
    Unreadable(UnreadableEvent),
}

/// An event that cannot be read: a later release wrote it, or it is damaged.
///
/// # Example
///
/// ```
/// use apikey_domain::change::recorded::{UnreadableChange, UnreadableEvent};
/// use apikey_domain::testing::fixture;
///
/// let event = UnreadableEvent {
///     position: fixture::position(3),
///     transaction: 3,
///     change: UnreadableChange::default(),
///     cause: "missing field `name`".to_owned(),
/// };
/// assert_eq!(event.position.to_string(), "3-3");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableEvent {
    /// Where it stands in the order of events.
    pub position: Position,
    /// The transaction that committed it.
    pub transaction: i64,
    /// What is known of it.
    pub change: UnreadableChange,
    /// Why it cannot be read.
    pub cause: String,
}

/// What is known of a change that cannot be read. Whoever decides by it assumes
/// the worst: that it was a revocation.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{AccessLoss, recorded::UnreadableChange};
/// use apikey_domain::testing::fixture;
///
/// let change = UnreadableChange {
///     user_id: Some(fixture::user_id(1)),
///     ..UnreadableChange::default()
/// };
/// assert_eq!(change.access_loss(), AccessLoss::User(fixture::user_id(1)));
/// assert_eq!(UnreadableChange::default().access_loss(), AccessLoss::Everyone);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnreadableChange {
    /// Its kind, unless this release does not know it.
    pub kind: Option<EventKind>,
    /// The key it is about.
    pub api_key_id: Option<ApiKeyId>,
    /// The user it is about, or whose the key is.
    pub user_id: Option<UserId>,
    /// The principal it is about, or which owns the key.
    pub principal_id: Option<PrincipalId>,
}

// === impl RecordedEvent ===

impl RecordedEvent {
    /// Where it stands in the order of events.
    pub fn position(&self) -> Position {
        match self {
            Self::Readable(event) => event.position,
            Self::Unreadable(event) => event.position,
        }
    }

    /// The transaction that committed it.
    pub fn transaction(&self) -> i64 {
        match self {
            Self::Readable(event) => event.transaction,
            Self::Unreadable(event) => event.transaction,
        }
    }

    /// Whether it must be taken for a revocation.
    pub fn is_revocation(&self) -> bool {
        match self {
            Self::Readable(event) => event.change.is_revocation(),
            Self::Unreadable(_) => true,
        }
    }

    /// Whose subscriptions must end with it.
    pub fn access_loss(&self) -> Option<AccessLoss> {
        match self {
            Self::Readable(event) => event.change.access_loss(),
            Self::Unreadable(event) => Some(event.change.access_loss()),
        }
    }

    /// What a watcher of keys receives of it, if it is about a key and readable.
    pub fn into_key_change(self) -> Option<KeyChange> {
        match self {
            Self::Readable(event) => event.into_key_change(),
            Self::Unreadable(_) => None,
        }
    }
}

impl From<Event> for RecordedEvent {
    fn from(event: Event) -> Self {
        Self::Readable(event)
    }
}

// === impl UnreadableChange ===

impl UnreadableChange {
    /// Whose subscriptions must end with it: those that what it is about may have
    /// given. A key's event names its user and owner, too, and takes nothing from
    /// these.
    pub fn access_loss(&self) -> AccessLoss {
        match (self.api_key_id, self.user_id, self.principal_id) {
            (Some(key), _, _) => AccessLoss::Key(key),
            (None, Some(user), _) => AccessLoss::User(user),
            (None, None, Some(principal)) => AccessLoss::Organization(principal),
            (None, None, None) => AccessLoss::Everyone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture;

    #[test]
    fn the_most_special_thing_an_unreadable_change_names_loses_access() {
        let mut change = UnreadableChange {
            kind: None,
            api_key_id: Some(ApiKeyId(5)),
            user_id: Some(UserId(1)),
            principal_id: Some(PrincipalId(40)),
        };
        assert_eq!(change.access_loss(), AccessLoss::Key(ApiKeyId(5)));
        change.api_key_id = None;
        assert_eq!(change.access_loss(), AccessLoss::User(UserId(1)));
        change.user_id = None;
        let organization = AccessLoss::Organization(PrincipalId(40));
        assert_eq!(change.access_loss(), organization);
    }

    #[test]
    fn an_unreadable_event_is_taken_for_a_revocation() {
        let event = RecordedEvent::Unreadable(UnreadableEvent {
            position: fixture::position(3),
            transaction: 3,
            change: UnreadableChange::default(),
            cause: String::new(),
        });
        assert!(event.is_revocation());
        assert_eq!(event.access_loss(), Some(AccessLoss::Everyone));
        assert_eq!(event.into_key_change(), None);
    }
}
