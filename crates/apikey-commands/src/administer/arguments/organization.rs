//! `org`

use super::common::{Connection, With};
use clap::{Args, Subcommand};

/// What is done with organizations.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum OrganizationAction {
    /// Create an organization
    Create(With<OrganizationCreate>),
    /// List organizations
    List(With<OrganizationList>),
    /// Show an organization
    Show(With<OrganizationOne>),
    /// Change an organization
    Change(With<OrganizationChange>),
    /// Delete an organization that owns no keys
    Delete(With<OrganizationDelete>),
}

/// Which organizations.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct OrganizationList {
    /// Only those whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
}

/// Which organization.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct OrganizationOne {
    /// The slug, or the id
    #[arg(value_name = "ORG")]
    pub organization: String,
}

/// An organization to create.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct OrganizationCreate {
    /// The slug: a to z, 0 to 9 and -
    #[arg(value_name = "SLUG")]
    pub slug: String,
    /// The name [default: the slug]
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

/// Which organization to change.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct OrganizationChange {
    /// The slug, or the id
    #[arg(value_name = "ORG")]
    pub organization: String,
    #[command(flatten)]
    /// How.
    pub fields: OrganizationFields,
}

/// What is changed of an organization.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
#[group(required = true, multiple = true)]
pub struct OrganizationFields {
    /// Another name
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Another slug
    #[arg(long = "slug", value_name = "SLUG")]
    pub slug: Option<String>,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// It has no description any more
    #[arg(long, conflicts_with = "description")]
    pub no_description: bool,
}

/// Which organization to delete.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct OrganizationDelete {
    /// The slug, or the id
    #[arg(value_name = "ORG")]
    pub organization: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

// === impl OrganizationAction ===

impl OrganizationAction {
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
