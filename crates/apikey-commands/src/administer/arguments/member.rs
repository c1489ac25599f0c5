//! `member`

use super::common::{Connection, With};
use clap::{Args, Subcommand, ValueEnum};

/// What is done with members of organizations.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum MemberAction {
    /// Make a user a member
    Create(With<MemberCreate>),
    /// List the members of an organization
    List(With<MemberList>),
    /// Show a member
    Show(With<MemberOne>),
    /// Change the role of a member
    Change(With<MemberChange>),
    /// Remove a member; the keys that they made stay, and are refused
    Delete(With<MemberDelete>),
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Manages the members.
    Admin,
    /// Has keys.
    User,
}

/// Whose members.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct MemberList {
    /// The slug, or the id
    #[arg(value_name = "ORG")]
    pub organization: String,
}

/// Which member.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct MemberOne {
    /// The slug of the organization, or its id
    #[arg(value_name = "ORG")]
    pub organization: String,
    /// The username, or the id
    #[arg(value_name = "USER")]
    pub user: String,
}

/// Who becomes a member.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct MemberCreate {
    #[command(flatten)]
    /// Who.
    pub one: MemberOne,
    /// What they may do
    #[arg(long, default_value = "user")]
    pub role: Role,
}

/// Who gets another role.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct MemberChange {
    #[command(flatten)]
    /// Who.
    pub one: MemberOne,
    /// What they may do
    #[arg(long)]
    pub role: Role,
}

/// Whom to remove.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct MemberDelete {
    #[command(flatten)]
    /// Who.
    pub one: MemberOne,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

// === impl Role ===

impl Role {
    /// Returns it as the service has it.
    pub(in crate::administer) fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
        }
    }
}

// === impl MemberAction ===

impl MemberAction {
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
