//! `user`

use super::common::{Connection, With, YesNo};
use clap::{Args, Subcommand};

/// What is done with users.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum UserAction {
    /// Create a user; the password is asked for, or read from standard input
    Create(With<UserCreate>),
    /// List users
    List(With<UserList>),
    /// Show a user
    Show(With<UserOne>),
    /// Change a user
    Change(With<UserChange>),
    /// Delete a user, and with them their keys
    Delete(With<UserDelete>),
}

/// Which users.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct UserList {
    /// Only those whose username or full name contains this
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// The order: username, full_name, is_admin, is_active, created_at, updated_at, each with -
    /// before it to reverse it
    #[arg(
        long,
        value_name = "FIELDS",
        default_value = "created_at",
        allow_hyphen_values = true
    )]
    pub sort: String,
}

/// Which user.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct UserOne {
    /// The username, or the id
    #[arg(value_name = "USER")]
    pub user: String,
}

/// A user to create.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct UserCreate {
    /// The name with which they sign in
    #[arg(value_name = "USERNAME")]
    pub username: String,
    /// Their full name
    #[arg(long, value_name = "TEXT")]
    pub full_name: Option<String>,
    /// They administer the platform
    #[arg(long)]
    pub admin: bool,
    /// They may not sign in yet
    #[arg(long)]
    pub inactive: bool,
    /// It is a service account of the platform itself, for ever
    #[arg(long)]
    pub system: bool,
    /// They must give themselves another password first
    #[arg(long)]
    pub must_change_password: bool,
}

/// Which user to change.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct UserChange {
    /// The username, or the id
    #[arg(value_name = "USER")]
    pub user: String,
    #[command(flatten)]
    /// How.
    pub fields: UserFields,
}

/// What is changed of a user.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[group(required = true, multiple = true)]
pub struct UserFields {
    /// Another name with which they sign in
    #[arg(long = "username", value_name = "USERNAME")]
    pub username: Option<String>,
    /// Their full name
    #[arg(long, value_name = "TEXT")]
    pub full_name: Option<String>,
    /// They have no full name any more
    #[arg(long, conflicts_with = "full_name")]
    pub no_full_name: bool,
    /// Whether they administer the platform
    #[arg(long, value_name = "YES|NO")]
    pub admin: Option<YesNo>,
    /// Whether they may sign in
    #[arg(long, value_name = "YES|NO")]
    pub active: Option<YesNo>,
    /// Whether they must give themselves another password first
    #[arg(long, value_name = "YES|NO")]
    pub must_change_password: Option<YesNo>,
    /// Give them another password: it is asked for, or read from standard input
    #[arg(long)]
    pub password: bool,
}

/// Which user to delete.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct UserDelete {
    /// The username, or the id
    #[arg(value_name = "USER")]
    pub user: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

// === impl UserAction ===

impl UserAction {
    pub(super) fn connection(&self) -> &Connection {
        match self {
            Self::Create(with) => &with.connection,
            Self::List(with) => &with.connection,
            Self::Show(with) => &with.connection,
            Self::Change(with) => &with.connection,
            Self::Delete(with) => &with.connection,
        }
    }
}
