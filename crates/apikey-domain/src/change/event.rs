//! The record of a change, and how to ask for records.

use super::{Change, KeyChange, Position, Transition, attribution::Attribution};
use crate::{
    identifier::{ApiKeyId, PrincipalId, UserId},
    invalid::Invalid,
    timestamp::Timestamp,
};

/// The record of a change.
///
/// # Example
///
/// ```
/// use apikey_domain::change::{Change, KeyEvent, event::EventKind};
/// use apikey_domain::testing::fixture;
///
/// let event = fixture::event(1, Change::Key(KeyEvent::Created(fixture::api_key(7, "ci"))));
/// assert_eq!(event.change.kind().to_string(), "api_key.created");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Where it stands in the order of events.
    pub position: Position,
    /// The transaction that committed it.
    pub transaction: i64,
    /// Who did it, and when.
    pub attribution: Attribution,
    /// What was done.
    pub change: Change,
}

/// What changed, and how, in two words.
///
/// # Example
///
/// ```
/// use apikey_domain::change::event::EventKind;
///
/// assert_eq!(EventKind::parse("member.deleted").unwrap().to_string(), "member.deleted");
/// assert!(EventKind::parse("api_key.renamed").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKind(&'static str);

/// Which events to show.
///
/// # Example
///
/// ```
/// let filter = apikey_domain::change::event::EventFilter::default();
/// assert!(filter.kind.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Those about this key.
    pub api_key_id: Option<ApiKeyId>,
    /// Those about this user, their keys and their memberships.
    pub user_id: Option<UserId>,
    /// Those about this principal: an organization, its members, and the keys
    /// that it owns.
    pub principal_id: Option<PrincipalId>,
    /// Those of this kind.
    pub kind: Option<EventKind>,
    /// Those at or after this instant, by the clock of the node that wrote them.
    pub since: Option<Timestamp>,
    /// Those before this instant.
    pub until: Option<Timestamp>,
}

/// A batch of events.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::event::EventPage, testing::fixture};
///
/// let page = EventPage {
///     events: Vec::new(),
///     next: fixture::position(7),
///     has_more: false,
///     floor: fixture::position(3),
///     head: fixture::position(8),
/// };
/// assert!(page.misses_some(fixture::position(2)));
/// assert!(page.misses_some(fixture::position(9)));
/// assert!(!page.misses_some(fixture::position(3)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// The events, in order.
    pub events: Vec<Event>,
    /// Behind which to go on: where the last of them stands; without any, what was
    /// given, or the nearest event there is or was.
    pub next: Position,
    /// Whether there may be more by now.
    pub has_more: bool,
    /// The last event that was deleted for its age, or the start.
    pub floor: Position,
    /// Before every event that is still to come. Not to go on from: events that a
    /// database loses in a crash give their places back.
    pub head: Position,
}

const PASSWORD: EventKind = EventKind("user.password_changed");
/// Created, updated and deleted, of each subject.
const KEY: [EventKind; 3] = [
    EventKind("api_key.created"),
    EventKind("api_key.updated"),
    EventKind("api_key.deleted"),
];
const USER: [EventKind; 3] = [
    EventKind("user.created"),
    EventKind("user.updated"),
    EventKind("user.deleted"),
];
const ORGANIZATION: [EventKind; 3] = [
    EventKind("organization.created"),
    EventKind("organization.updated"),
    EventKind("organization.deleted"),
];
const MEMBER: [EventKind; 3] = [
    EventKind("member.created"),
    EventKind("member.updated"),
    EventKind("member.deleted"),
];

// === impl EventKind ===

impl EventKind {
    /// All kinds there are.
    pub const ALL: [Self; 13] = {
        let [[a, b, c], [d, e, f], [g, h, i], [j, k, l]] = [KEY, USER, ORGANIZATION, MEMBER];
        [a, b, c, d, e, f, PASSWORD, g, h, i, j, k, l]
    };

    /// Reads a kind.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `kind`, which names all there are.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|kind| kind.0 == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(|kind| kind.0).join(", ");
            Invalid::new("kind", format!("must be one of {names}"))
        })
    }

    /// The kind in two words.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl std::fmt::Display for EventKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.0)
    }
}

// === impl Change ===

impl Change {
    /// What kind it is of.
    pub fn kind(&self) -> EventKind {
        fn of<T>(transition: &Transition<T>, kinds: [EventKind; 3]) -> EventKind {
            let [created, updated, deleted] = kinds;
            match transition {
                Transition::Created(_) => created,
                Transition::Updated { .. } => updated,
                Transition::Deleted(_) => deleted,
            }
        }
        match self {
            Self::Key(key) => of(key, KEY),
            Self::User(user) => of(user, USER),
            Self::Password(_) => PASSWORD,
            Self::Organization(organization) => of(organization, ORGANIZATION),
            Self::Member(member) => of(member, MEMBER),
        }
    }

    /// The key it is about.
    pub fn api_key_id(&self) -> Option<ApiKeyId> {
        match self {
            Self::Key(key) => Some(key.key().id),
            _ => None,
        }
    }

    /// The user it is about.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::Key(key) => Some(key.key().user_id),
            Self::User(user) => Some(user.subject().id),
            Self::Password(user) => Some(user.id),
            Self::Organization(_) => None,
            Self::Member(member) => Some(member.subject().user_id),
        }
    }

    /// The principal it is about: a user's own, or an organization's.
    pub fn principal_id(&self) -> Option<PrincipalId> {
        Some(match self {
            Self::Key(key) => key.key().owner_principal_id,
            Self::User(user) => user.subject().principal_id,
            Self::Password(user) => user.principal_id,
            Self::Organization(organization) => organization.subject().id,
            Self::Member(member) => member.subject().organization_id,
        })
    }
}

// === impl Event ===

impl Event {
    /// What a watcher of keys is told of it, if it is about a key.
    pub fn into_key_change(self) -> Option<KeyChange> {
        match self.change {
            Change::Key(event) => Some(KeyChange {
                position: self.position,
                transaction: self.transaction,
                event,
            }),
            _ => None,
        }
    }
}

// === impl EventPage ===

impl EventPage {
    /// Whether a page from behind `after` on may lack events: because they were
    /// deleted for their age, or because there is no such position yet.
    pub fn misses_some(&self, after: Position) -> bool {
        after < self.floor || after > self.head
    }
}

// === impl EventFilter ===

impl EventFilter {
    /// Whether this event is to be shown.
    pub fn admits(&self, event: &Event) -> bool {
        let change = &event.change;
        let at = event.attribution.at;
        self.api_key_id
            .is_none_or(|id| change.api_key_id() == Some(id))
            && self.user_id.is_none_or(|id| change.user_id() == Some(id))
            && self
                .principal_id
                .is_none_or(|id| change.principal_id() == Some(id))
            && self.kind.is_none_or(|kind| change.kind() == kind)
            && self.since.is_none_or(|since| at >= since)
            && self.until.is_none_or(|until| at < until)
    }
}
