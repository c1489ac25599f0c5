//! What is written on the command line.

mod event;
mod key;
mod member;
mod organization;
mod user;

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

use super::server_url::ServerUrl;
use clap::{Args, ValueEnum};

/// Which server is asked, and what the answer looks like.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// A server to ask, with the key in APIKEY_KEY or in the file that APIKEY_KEY_FILE names
    /// [default: the database of the settings, or the server that uses it]
    #[arg(long, value_name = "URL")]
    pub url: Option<ServerUrl>,
    /// Send the key to another machine although the URL begins with http
    #[arg(long, requires = "url")]
    pub insecure_http: bool,
    /// Without --url, the platform admin in whose name it is done [default: the first who is
    /// active]
    #[arg(long = "as", value_name = "USERNAME", conflicts_with = "url")]
    pub in_name_of: Option<String>,
    /// Print JSON: what the service answers, one object a line
    #[arg(long)]
    pub json: bool,
}

/// What is done, and where.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct With<T: Args> {
    #[command(flatten)]
    /// What.
    pub rest: T,
    #[command(flatten)]
    /// Where.
    pub connection: Connection,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum YesNo {
    /// Yes.
    Yes,
    /// No.
    No,
}

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

// === impl YesNo ===

impl YesNo {
    /// Returns whether it is yes.
    pub fn is_yes(self) -> bool {
        self == Self::Yes
    }
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
