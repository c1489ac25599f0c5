//! Rows of organizations and their members.

use super::context::RowContext;
use apikey_domain::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::{
        organization::{Member, Organization, OrganizationName, Role, Slug},
        user::Username,
    },
};
use diesel::prelude::Queryable;

/// An organization.
#[derive(Queryable)]
pub(crate) struct OrganizationRow {
    principal_id: i64,
    name: String,
    slug: String,
    description: Option<String>,
    created_at: i64,
    updated_at: i64,
}

/// A membership joined with its user.
#[derive(Queryable)]
pub(crate) struct MemberRow {
    user_id: i64,
    username: String,
    full_name: Option<String>,
    role: String,
    created_at: i64,
}

// === impl OrganizationRow ===

impl TryFrom<OrganizationRow> for Organization {
    type Error = PortError;

    fn try_from(row: OrganizationRow) -> Result<Self, PortError> {
        let context = RowContext {
            table: "organizations",
            id: row.principal_id,
        };
        Ok(Self {
            id: PrincipalId(row.principal_id),
            name: context.valid(OrganizationName::stored(row.name))?,
            slug: context.valid(Slug::parse(row.slug))?,
            description: context.description(row.description)?,
            created_at: context.instant(row.created_at)?,
            updated_at: context.instant(row.updated_at)?,
        })
    }
}

// === impl MemberRow ===

impl TryFrom<MemberRow> for Member {
    type Error = PortError;

    fn try_from(row: MemberRow) -> Result<Self, PortError> {
        let context = RowContext {
            table: "memberships",
            id: row.user_id,
        };
        Ok(Self {
            user_id: UserId(row.user_id),
            username: context.valid(Username::stored(row.username))?,
            full_name: context.full_name(row.full_name)?,
            role: context.valid(Role::parse(&row.role))?,
            created_at: context.instant(row.created_at)?,
        })
    }
}
