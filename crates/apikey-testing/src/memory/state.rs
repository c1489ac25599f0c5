//! The state of the in-memory store.

use apikey_domain::{
    access::{attribution::Attribution, authority::CurrentSession, policy::last_admin},
    change::{
        Change, KeyEvent, Position,
        event::Event,
        notice::{ExpiryPlace, LastNotice, Notice},
        snapshot::Snapshot,
    },
    idempotency::{Remembered, RequestDigest},
    identifier::{ApiKeyId, PrincipalId, SessionId, UserId},
    identity::{
        organization::{Organization, Role},
        session::SessionDigest,
        user::UserCredential,
    },
    import::{facts::Known, source::RowId},
    key::{
        api_key::ApiKey,
        credential::CredentialNumber,
        digest::{PepperId, StoredDigest},
    },
    listing::{Listed, Piece},
    name::Likeness,
    timestamp::Timestamp,
};
use std::collections::BTreeMap;

/// Everything stored, and the last id of each kind.
pub(super) struct State {
    pub(super) users: BTreeMap<UserId, UserCredential>,
    /// What their usernames look like: to tell it of each again takes long.
    pub(super) likenesses: BTreeMap<UserId, Likeness>,
    pub(super) organizations: BTreeMap<PrincipalId, Organization>,
    pub(super) memberships: BTreeMap<(PrincipalId, UserId), StoredMembership>,
    pub(super) keys: BTreeMap<ApiKeyId, StoredKey>,
    pub(super) sessions: BTreeMap<SessionId, StoredSession>,
    pub(super) remembered: BTreeMap<RequestDigest, Remembered>,
    /// Up to which key each notice was given.
    pub(super) noticed_up_to: BTreeMap<Notice, ExpiryPlace>,
    /// The last notice of each key, and for which expiry.
    pub(super) notices: BTreeMap<ApiKeyId, LastNotice>,
    /// The peppers that were the newest, in their order.
    pub(super) peppers: Vec<(PepperId, Timestamp)>,
    /// What was imported, by the name of the source and the row.
    pub(super) imported: BTreeMap<(String, RowId), Known>,
    last_user_id: i64,
    last_principal_id: i64,
    last_key_id: i64,
    last_session_id: i64,
    pub(super) events: Vec<Event>,
    /// The last event that was pruned.
    pub(super) floor: Position,
    last_transaction: i64,
    last_event: i64,
}

/// A user's membership in an organization.
pub(super) struct StoredMembership {
    pub(super) role: Role,
    pub(super) created_at: Timestamp,
}

/// A session and the digest of its cookie.
pub(super) struct StoredSession {
    pub(super) digest: SessionDigest,
    pub(super) current: CurrentSession,
}

/// A key and the digests of its credentials.
pub(super) struct StoredKey {
    pub(super) api_key: ApiKey,
    pub(super) secret_digests: BTreeMap<CredentialNumber, StoredDigest>,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            users: BTreeMap::new(),
            likenesses: BTreeMap::new(),
            organizations: BTreeMap::new(),
            memberships: BTreeMap::new(),
            keys: BTreeMap::new(),
            sessions: BTreeMap::new(),
            remembered: BTreeMap::new(),
            noticed_up_to: BTreeMap::new(),
            notices: BTreeMap::new(),
            peppers: Vec::new(),
            imported: BTreeMap::new(),
            last_user_id: 0,
            last_principal_id: 1_000,
            last_key_id: 0,
            last_session_id: 0,
            events: Vec::new(),
            floor: Position::START,
            last_transaction: 0,
            last_event: 0,
        }
    }

    pub(super) fn next_user_id(&mut self) -> UserId {
        self.last_user_id += 1;
        UserId(self.last_user_id)
    }

    /// Gives an id that is kept: all that come are above it.
    pub(super) fn keep_user_id(&mut self, id: UserId) -> UserId {
        self.last_user_id = self.last_user_id.max(id.0);
        id
    }

    /// The same, of a principal.
    pub(super) fn keep_principal_id(&mut self, id: PrincipalId) -> PrincipalId {
        self.last_principal_id = self.last_principal_id.max(id.0);
        id
    }

    /// The same, of a key.
    pub(super) fn keep_key_id(&mut self, id: ApiKeyId) -> ApiKeyId {
        self.last_key_id = self.last_key_id.max(id.0);
        id
    }

    pub(super) fn next_principal_id(&mut self) -> PrincipalId {
        self.last_principal_id += 1;
        PrincipalId(self.last_principal_id)
    }

    pub(super) fn next_key_id(&mut self) -> ApiKeyId {
        self.last_key_id += 1;
        ApiKeyId(self.last_key_id)
    }

    pub(super) fn next_session_id(&mut self) -> SessionId {
        self.last_session_id += 1;
        SessionId(self.last_session_id)
    }

    /// Returns the snapshot of all commits so far.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot::in_order(self.last_transaction + 1)
    }

    /// Returns the position after every event so far.
    pub(super) fn head(&self) -> Position {
        Position::before_horizon(self.last_transaction + 1)
    }

    /// Records the changes of a commit, and returns their events.
    pub(super) fn commit(&mut self, by: Attribution, changes: Vec<Change>) -> Vec<Event> {
        self.last_transaction += 1;
        let recorded = changes.into_iter().map(|change| {
            self.last_event += 1;
            Event {
                position: Position {
                    horizon: self.last_transaction,
                    number: self.last_event,
                },
                transaction: self.last_transaction,
                attribution: by,
                change,
            }
        });
        let recorded: Vec<_> = recorded.collect();
        self.events.extend_from_slice(&recorded);
        recorded
    }

    /// Returns whether a principal with this id exists.
    pub(super) fn is_principal(&self, id: PrincipalId) -> bool {
        let owns = |stored: &UserCredential| stored.user.principal_id == id;
        self.organizations.contains_key(&id) || self.users.values().any(owns)
    }

    /// Returns the number of active platform admins other than this user.
    pub(super) fn other_platform_admins(&self, id: UserId) -> u64 {
        let users = self.users.values().map(|stored| &stored.user);
        users
            .filter(|user| user.id != id && last_admin::is_active_admin(user))
            .count() as u64
    }

    /// Returns the number of admins of the organization other than this user.
    pub(super) fn other_organization_admins(&self, id: PrincipalId, user_id: UserId) -> u64 {
        let memberships = self.memberships.iter();
        memberships
            .filter(|((organization_id, member_id), membership)| {
                *organization_id == id && *member_id != user_id && membership.role == Role::Admin
            })
            .count() as u64
    }

    /// Deletes the keys that `is_deleted` selects, lowest id first.
    pub(super) fn delete_keys(
        &mut self,
        is_deleted: impl Fn(&ApiKey) -> bool,
        changes: &mut Vec<Change>,
    ) {
        let deleted = self
            .keys
            .extract_if(.., |_, stored| is_deleted(&stored.api_key));
        changes.extend(deleted.map(|(_, stored)| Change::Key(KeyEvent::Deleted(stored.api_key))));
    }
}

/// Returns the entries with these ids that exist, as many as fit a piece.
pub(super) fn piece_of<T: Listed>(ids: &[T::Id], find: impl Fn(T::Id) -> Option<T>) -> Piece<T> {
    Piece::of(ids.iter().filter_map(|id| find(*id)).collect())
}
