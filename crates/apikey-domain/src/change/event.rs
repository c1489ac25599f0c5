//! Recorded changes, and filters for them.

use super::{Change, KeyChange, Position, Transition, UserChange, notice::Notice};
use crate::{
    access::attribution::Attribution,
    identifier::{ApiKeyId, PrincipalId, UserId},
    invalid::Invalid,
    timestamp::Timestamp,
};

/// A recorded change.
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
    /// Its position in the order of events.
    pub position: Position,
    /// The transaction that committed it.
    pub transaction: i64,
    /// Who made the change, and when.
    pub attribution: Attribution,
    /// The change.
    pub change: Change,
}

/// What changed and how, as `subject.verb`.
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
pub struct EventKind {
    subject: EventSubject,
    name: &'static str,
}

/// What the events of a kind are about, one for each variant of [`Change`].
///
/// # Example
///
/// ```
/// use apikey_domain::change::event::{EventKind, EventSubject};
///
/// let kind = EventKind::parse("user.password_changed").unwrap();
/// assert_eq!(kind.subject(), EventSubject::Password);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventSubject {
    /// A key.
    Key,
    /// A user.
    User,
    /// The password of a user.
    Password,
    /// An organization.
    Organization,
    /// A membership.
    Member,
    /// The expiry of a key.
    Notice,
}

/// Which events to list. Each field that is set must match.
///
/// # Example
///
/// ```
/// let filter = apikey_domain::change::event::EventFilter::default();
/// assert!(filter.kind.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only events about this key.
    pub api_key_id: Option<ApiKeyId>,
    /// Only events about this user, their keys and their memberships.
    pub user_id: Option<UserId>,
    /// Only events about this principal: an organization, its members, and the
    /// keys that it owns.
    pub principal_id: Option<PrincipalId>,
    /// Only events of this kind.
    pub kind: Option<EventKind>,
    /// Only events at or after this instant, by the clock of the node that wrote
    /// them.
    pub since: Option<Timestamp>,
    /// Only events before this instant.
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
///     examined: 0,
///     next: fixture::position(7),
///     has_more: false,
///     is_known: true,
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
    /// How many events count towards the limit: also those that cannot be read.
    pub examined: u32,
    /// The position to continue after: that of the last event, or of the last that was looked
    /// at; if there was none, the requested position, or the nearest one that exists or
    /// existed.
    pub next: Position,
    /// Whether there may be more events already.
    pub has_more: bool,
    /// Whether the requested position is that of an event, or was before it was pruned,
    /// or is the start. A server may lack the last events of the one that it replaced.
    pub is_known: bool,
    /// The low-water mark: the last event that was pruned, or the start.
    pub floor: Position,
    /// The high-water mark: every future event comes after it. Not a position to
    /// continue after: the positions of events that a database loses in a crash
    /// are reused.
    pub head: Position,
}

const EXPIRING: EventKind = EventKind::new(EventSubject::Notice, "api_key.expiring");
const EXPIRED: EventKind = EventKind::new(EventSubject::Notice, "api_key.expired");
const PASSWORD: EventKind = EventKind::new(EventSubject::Password, "user.password_changed");
/// The kinds created, updated and deleted, for each subject.
const KEY: [EventKind; 3] = [
    EventKind::new(EventSubject::Key, "api_key.created"),
    EventKind::new(EventSubject::Key, "api_key.updated"),
    EventKind::new(EventSubject::Key, "api_key.deleted"),
];
const USER: [EventKind; 3] = [
    EventKind::new(EventSubject::User, "user.created"),
    EventKind::new(EventSubject::User, "user.updated"),
    EventKind::new(EventSubject::User, "user.deleted"),
];
const ORGANIZATION: [EventKind; 3] = [
    EventKind::new(EventSubject::Organization, "organization.created"),
    EventKind::new(EventSubject::Organization, "organization.updated"),
    EventKind::new(EventSubject::Organization, "organization.deleted"),
];
const MEMBER: [EventKind; 3] = [
    EventKind::new(EventSubject::Member, "member.created"),
    EventKind::new(EventSubject::Member, "member.updated"),
    EventKind::new(EventSubject::Member, "member.deleted"),
];

// === impl EventKind ===

impl EventKind {
    /// All kinds.
    pub const ALL: [Self; 15] = {
        let [[a, b, c], [d, e, f], [g, h, i], [j, k, l]] = [KEY, USER, ORGANIZATION, MEMBER];
        [
            a, b, c, EXPIRING, EXPIRED, d, e, f, PASSWORD, g, h, i, j, k, l,
        ]
    };

    /// Parses a kind.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `kind`, which lists all kinds.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|kind| kind.name == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(|kind| kind.name).join(", ");
            Invalid::new("kind", format!("must be one of {names}"))
        })
    }

    /// Returns what its events are about.
    pub fn subject(self) -> EventSubject {
        self.subject
    }

    /// Returns the kind as `subject.verb`.
    pub fn as_str(self) -> &'static str {
        self.name
    }

    const fn new(subject: EventSubject, name: &'static str) -> Self {
        Self { subject, name }
    }
}

impl std::fmt::Display for EventKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

// === impl Change ===

impl Change {
    /// Returns the kind of the change.
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
            Self::Notice(notice) if notice.notice == Notice::EXPIRED => EXPIRED,
            Self::Notice(_) => EXPIRING,
        }
    }

    /// Returns whether it is no change, but what is said of a key that expires.
    pub fn is_notice(&self) -> bool {
        matches!(self, Self::Notice(_))
    }

    /// Returns the key the change is about.
    pub fn api_key_id(&self) -> Option<ApiKeyId> {
        match self {
            Self::Key(key) => Some(key.key().id),
            Self::Notice(notice) => Some(notice.key.id),
            _ => None,
        }
    }

    /// Returns the user the change is about.
    pub fn user_id(&self) -> Option<UserId> {
        match self {
            Self::Key(key) => Some(key.key().user_id),
            Self::User(user) => Some(user.subject().id),
            Self::Password(user) => Some(user.id),
            Self::Organization(_) => None,
            Self::Member(member) => Some(member.subject().user_id),
            Self::Notice(notice) => Some(notice.key.user_id),
        }
    }

    /// Returns the principal the change is about: a user's own, or an
    /// organization's.
    pub fn principal_id(&self) -> Option<PrincipalId> {
        Some(match self {
            Self::Key(key) => key.key().owner_principal_id,
            Self::User(user) => user.subject().principal_id,
            Self::Password(user) => user.principal_id,
            Self::Organization(organization) => organization.subject().id,
            Self::Member(member) => member.subject().organization_id,
            Self::Notice(notice) => notice.key.owner_principal_id,
        })
    }
}

// === impl Event ===

impl Event {
    /// Returns the change that watchers of keys receive, if the event is the change of a
    /// key. That a key expires changes nothing in it.
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

    /// Returns the change that watchers of users receive, if the event is the change of a
    /// user. That their password changes changes nothing else in them.
    pub fn into_user_change(self) -> Option<UserChange> {
        match self.change {
            Change::User(event) => Some(UserChange {
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
    /// Returns whether the page after `after` may lack events, because they were
    /// pruned or because `after` is not the position of an event, or not yet.
    pub fn misses_some(&self, after: Position) -> bool {
        !self.is_known || after < self.floor || after > self.head
    }
}

// === impl EventFilter ===

impl EventFilter {
    /// Returns whether the event matches the filter.
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
