//! What a write locks before it is judged, and its turn among others.

use super::backend;
use crate::row_lock::{Row, RowLocks, Strength};
use apikey_domain::{
    access::authority::Grounds,
    identifier::{ApiKeyId, PrincipalId, SessionId, UserId},
    key::{api_key::NewApiKey, changes::ApiKeyChanges},
};

/// What a write changes, or refers to, that other transactions must not change, delete or
/// count meanwhile. It is locked with what the write rests on, in the
/// [order](crate::row_lock::Row) of all locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Nothing: it waits for no row.
    None,
    /// Nothing before the work, which locks what it needs itself, or gives something
    /// unique.
    Alone,
    /// Nothing before the work either, which is done in the background and is to keep no
    /// other write waiting.
    Aside,
    /// Who administers the platform, and what its users are called.
    PlatformAdmins,
    /// These, and a user who is changed.
    User(UserId),
    /// These, and a user who is deleted, with what ends with them.
    EndOfUser(UserId),
    /// A principal.
    Principal(PrincipalId),
    /// The organization and the user of a membership that is added.
    NewMember(PrincipalId, UserId),
    /// The user and the owner of a key that is created, and its name.
    NewKey(UserId, PrincipalId, String),
    /// The same, for a key that must not be one too many.
    CountedKey(UserId, PrincipalId, String),
    /// One of these two, for a key that may take the name of this one.
    ReplacingKey(Box<Self>, ApiKeyId),
    /// A key that is changed.
    ApiKey(ApiKeyId),
    /// A key that gets another name.
    RenamedKey(ApiKeyId),
    /// A key that is deleted.
    EndOfKey(ApiKeyId),
    /// The user of a session that begins, who must not have one too many.
    NewSession(UserId),
    /// A session that ends.
    EndOfSession(SessionId),
}

/// When a write has its turn among those that share a transaction. Names are given in
/// their order, and freed after that: so a transaction waits for a name only of one that
/// has no name to wait for that comes before it.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Turn<'a> {
    /// It neither gives nor frees a name.
    Early,
    /// It gives a name.
    Name(UserId, PrincipalId, &'a str),
    /// It frees a name.
    Late,
}

// === impl Lock ===

impl Lock {
    /// Returns what the creation of a key locks, which may be counted.
    pub(super) fn of_creation(new: &NewApiKey, is_counted: bool) -> Self {
        let (user, owner) = (new.user_id, new.owner_principal_id);
        let name = new.name.as_str().to_owned();
        let creation = match is_counted {
            true => Self::CountedKey(user, owner, name),
            false => Self::NewKey(user, owner, name),
        };
        match new.replaces {
            Some(replaced) => Self::ReplacingKey(Box::new(creation), replaced),
            None => creation,
        }
    }

    /// Returns what changes of a key lock.
    pub(super) fn of_changes(id: ApiKeyId, changes: &ApiKeyChanges) -> Self {
        match &changes.name {
            Some(_) => Self::RenamedKey(id),
            // A revocation frees a name, as a deletion does.
            None if changes.revocation.is_some() => Self::EndOfKey(id),
            None => Self::ApiKey(id),
        }
    }

    /// Returns whether the write shares no transaction with others, on PostgreSQL: it
    /// changes what many rest on, or takes locks that are not known before.
    pub(super) fn runs_alone(&self) -> bool {
        backend::HAS_ROW_LOCKS
            && !matches!(
                self,
                Self::None
                    | Self::NewKey(..)
                    | Self::CountedKey(..)
                    | Self::ApiKey(_)
                    | Self::EndOfKey(_)
            )
    }

    /// Returns whether it goes to the slow lane at once, where there is one.
    pub(super) fn runs_aside(&self) -> bool {
        *self == Self::Aside
    }

    pub(super) fn turn(&self) -> Turn<'_> {
        match self {
            Self::NewKey(user, owner, name) | Self::CountedKey(user, owner, name) => {
                Turn::Name(*user, *owner, name)
            }
            Self::EndOfKey(_) => Turn::Late,
            _ => Turn::Early,
        }
    }

    /// Returns whether the statement that reads what a write rests on takes this lock,
    /// too.
    pub(super) fn is_taken_with_grounds(&self) -> bool {
        matches!(self, Self::None | Self::Alone | Self::Aside) || self.is_of_a_row()
    }

    /// Returns whether it is that of one row that is changed.
    pub(super) fn is_of_a_row(&self) -> bool {
        matches!(
            self,
            Self::Principal(_) | Self::ApiKey(_) | Self::RenamedKey(_) | Self::EndOfKey(_)
        )
    }

    /// Adds the rows that are locked.
    pub(super) fn add_to(&self, locks: &mut RowLocks) {
        match self {
            Self::None | Self::Alone | Self::Aside => {}
            Self::PlatformAdmins => locks.add(Row::PlatformAdmins, Strength::Update),
            Self::User(UserId(id)) | Self::EndOfUser(UserId(id)) => {
                locks.add(Row::PlatformAdmins, Strength::Update);
                locks.add(Row::User(*id), Strength::Update);
            }
            Self::Principal(PrincipalId(id)) => locks.add(Row::Principal(*id), Strength::Update),
            Self::NewMember(PrincipalId(principal), UserId(user))
            | Self::NewKey(UserId(user), PrincipalId(principal), _) => {
                locks.add(Row::User(*user), Strength::KeyShare);
                locks.add(Row::Principal(*principal), Strength::KeyShare);
            }
            Self::CountedKey(UserId(user), PrincipalId(principal), _) => {
                locks.add(Row::User(*user), Strength::Update);
                locks.add(Row::Principal(*principal), Strength::Update);
            }
            Self::ReplacingKey(creation, ApiKeyId(replaced)) => {
                creation.add_to(locks);
                locks.add(Row::ApiKey(*replaced), Strength::Update);
            }
            Self::ApiKey(ApiKeyId(id))
            | Self::RenamedKey(ApiKeyId(id))
            | Self::EndOfKey(ApiKeyId(id)) => {
                locks.add(Row::ApiKey(*id), Strength::Update);
            }
            Self::NewSession(UserId(id)) => locks.add(Row::User(*id), Strength::Update),
            Self::EndOfSession(SessionId(id)) => locks.add(Row::Session(*id), Strength::Update),
        }
    }
}

/// Adds the rows that a judgment reads and locks.
pub(super) fn add_grounds(grounds: Grounds, locks: &mut RowLocks) {
    let UserId(user) = grounds.user_id;
    locks.add(Row::User(user), Strength::Share);
    if let Some(PrincipalId(principal)) = grounds.principal_id {
        locks.add(Row::Principal(principal), Strength::KeyShare);
        locks.add(Row::Membership(principal, user), Strength::Share);
    }
    if let Some(ApiKeyId(key)) = grounds.key_id {
        locks.add(Row::ApiKey(key), Strength::Share);
    }
    if let Some(SessionId(session)) = grounds.session_id {
        locks.add(Row::Session(session), Strength::Share);
    }
}
