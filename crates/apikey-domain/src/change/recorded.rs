//! Events as they are stored, including those this release cannot read.

use super::{
    AccessLoss, KeyChange, Position,
    event::{Event, EventKind},
};
use crate::identifier::{ApiKeyId, PrincipalId, UserId};

/// A stored event.
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
    /// An event that can be read.
    Readable(Event),
    /// An event that cannot be read.
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
    /// Its position in the order of events.
    pub position: Position,
    /// The transaction that committed it.
    pub transaction: i64,
    /// What is known of the change.
    pub change: UnreadableChange,
    /// Why it cannot be read.
    pub cause: String,
}

/// What is known of a change that cannot be read. It is treated as a revocation.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{AccessLoss, event::EventKind, recorded::UnreadableChange};
/// use apikey_domain::testing::fixture;
///
/// let mut change = UnreadableChange {
///     kind: EventKind::parse("user.updated").ok(),
///     user_id: Some(fixture::user_id(1)),
///     ..UnreadableChange::default()
/// };
/// assert_eq!(change.access_loss(), AccessLoss::User(fixture::user_id(1)));
/// change.kind = None;
/// assert_eq!(change.access_loss(), AccessLoss::Everyone);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnreadableChange {
    /// Its kind, unless this release does not know it.
    pub kind: Option<EventKind>,
    /// The key it is about.
    pub api_key_id: Option<ApiKeyId>,
    /// The user it is about, or the user of the key.
    pub user_id: Option<UserId>,
    /// The principal it is about, or the owner of the key.
    pub principal_id: Option<PrincipalId>,
}

// === impl RecordedEvent ===

impl RecordedEvent {
    /// Returns its position in the order of events.
    pub fn position(&self) -> Position {
        match self {
            Self::Readable(event) => event.position,
            Self::Unreadable(event) => event.position,
        }
    }

    /// Returns the transaction that committed it.
    pub fn transaction(&self) -> i64 {
        match self {
            Self::Readable(event) => event.transaction,
            Self::Unreadable(event) => event.transaction,
        }
    }

    /// Returns whether it must be treated as a revocation.
    pub fn is_revocation(&self) -> bool {
        match self {
            Self::Readable(event) => event.change.is_revocation(),
            Self::Unreadable(_) => true,
        }
    }

    /// Returns which subscriptions must end with it.
    pub fn access_loss(&self) -> Option<AccessLoss> {
        match self {
            Self::Readable(event) => event.change.access_loss(),
            Self::Unreadable(event) => Some(event.change.access_loss()),
        }
    }

    /// Returns the change that watchers of keys receive, if the event is about a
    /// key and can be read.
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
    /// Returns which subscriptions must end with it: those that depend on the
    /// most specific thing it names. An event of a key names its user and owner,
    /// too, but revokes nothing from them. An event of an unknown kind may revoke
    /// more than what it names, so all of them must end.
    pub fn access_loss(&self) -> AccessLoss {
        if self.kind.is_none() {
            return AccessLoss::Everyone;
        }
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
    use crate::{
        change::{Change, KeyEvent, hub::ChangeHub},
        testing::fixture,
    };

    #[test]
    fn the_most_specific_thing_an_unreadable_change_names_loses_access() {
        let mut change = UnreadableChange {
            kind: EventKind::parse("api_key.updated").ok(),
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
        change.principal_id = None;
        assert_eq!(change.access_loss(), AccessLoss::Everyone);
    }

    #[test]
    fn an_unreadable_event_is_treated_as_a_revocation() {
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

    #[test]
    fn an_unreadable_event_ends_only_the_subscriptions_it_may_concern() {
        for (kind, key_id, user_id, is_ended) in [
            ("api_key.deleted", Some(5), Some(2), true),
            ("api_key.deleted", Some(6), Some(1), false),
            ("user.updated", None, Some(1), true),
            ("user.updated", None, Some(2), false),
            ("user.updated", None, None, true),
            ("api_key.disabled", Some(6), Some(2), true),
            ("user.suspended", None, Some(2), true),
        ] {
            let hub = ChangeHub::new(1);
            let mut interest = fixture::interest(1);
            interest.holder.key_id = Some(ApiKeyId(5));
            let mut stream = hub.subscribe(interest).unwrap();
            let event = UnreadableEvent {
                position: fixture::position(1),
                transaction: 1,
                change: UnreadableChange {
                    kind: EventKind::parse(kind).ok(),
                    api_key_id: key_id.map(ApiKeyId),
                    user_id: user_id.map(UserId),
                    principal_id: None,
                },
                cause: "damaged".to_owned(),
            };
            hub.publish([RecordedEvent::Unreadable(event)]);
            assert_eq!(hub.is_empty(), is_ended, "{kind} {key_id:?} {user_id:?}");
            assert_eq!(hub.reached(), fixture::position(1));
            let key = fixture::api_key(2, "ci");
            hub.publish([fixture::event(2, Change::Key(KeyEvent::Created(key)))]);
            assert_eq!(stream.try_next().flatten().is_some(), !is_ended);
        }
    }
}
