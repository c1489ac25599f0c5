//! What is written on the command line.

mod common;
mod event;
mod key;
mod member;
mod organization;
mod user;

pub use common::{Connection, With, YesNo};
pub use event::{EventAction, EventFilter, EventFollow, EventList};
pub use key::{
    KeyAction, KeyChange, KeyCreate, KeyDelete, KeyFields, KeyList, KeyOne, KeyRevoke, KeyRotate,
};
pub use member::{
    MemberAction, MemberChange, MemberCreate, MemberDelete, MemberList, MemberOne, Role,
};
pub use organization::{
    OrganizationAction, OrganizationChange, OrganizationCreate, OrganizationDelete,
    OrganizationFields, OrganizationList, OrganizationOne,
};
pub use user::{UserAction, UserChange, UserCreate, UserDelete, UserFields, UserList, UserOne};

/// One of the commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Administration {
    /// About users.
    User(UserAction),
    /// About organizations.
    Organization(OrganizationAction),
    /// About members of organizations.
    Member(MemberAction),
    /// About keys.
    Key(KeyAction),
    /// About what was recorded.
    Event(EventAction),
}

// === impl Administration ===

impl Administration {
    /// Returns where it is done.
    pub fn connection(&self) -> &Connection {
        match self {
            Self::User(action) => action.connection(),
            Self::Organization(action) => action.connection(),
            Self::Member(action) => action.connection(),
            Self::Key(action) => action.connection(),
            Self::Event(action) => action.connection(),
        }
    }

    /// Returns whether a password is to be read.
    pub fn needs_password(&self) -> bool {
        match self {
            Self::User(UserAction::Create(_)) => true,
            Self::User(UserAction::Change(change)) => change.rest.fields.password,
            _ => false,
        }
    }

    /// Returns whether somebody said yes to what cannot be undone; `None` if it can.
    pub fn is_yes(&self) -> Option<bool> {
        match self {
            Self::User(UserAction::Delete(delete)) => Some(delete.rest.yes),
            Self::Organization(OrganizationAction::Delete(delete)) => Some(delete.rest.yes),
            Self::Member(MemberAction::Delete(delete)) => Some(delete.rest.yes),
            Self::Key(KeyAction::Delete(delete)) => Some(delete.rest.yes),
            Self::Key(KeyAction::Revoke(revoke)) => Some(revoke.rest.yes),
            _ => None,
        }
    }
}
