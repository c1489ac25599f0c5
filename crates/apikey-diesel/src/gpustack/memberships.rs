//! Who is in which organization, also through groups.

use super::tables::Tables;
use crate::failure::unavailable;
use apikey_domain::{
    error::PortError,
    import::{
        groups::{GroupMembership, Groups},
        source::{LeftOut, RowId, SourceMembership, SourceRow},
    },
};
use std::collections::{BTreeMap, BTreeSet};
use tokio_postgres::{Client, Row};

/// How many memberships of groups there may be: they are held in memory.
const MOST_OF_GROUPS: i64 = 100_000;

/// The groups, and the organizations that their members are in.
#[derive(Default)]
pub(super) struct Resolved {
    groups: Groups,
    /// The organizations that groups administer.
    administered: BTreeSet<i64>,
}

// === impl Resolved ===

impl Resolved {
    /// Reads the groups.
    pub(super) async fn read(client: &Client, tables: &Tables) -> Result<Self, PortError> {
        if !tables.has_memberships() {
            return Ok(Self::default());
        }
        let found = client
            .query(&tables.group_memberships(), &[&(MOST_OF_GROUPS + 1)])
            .await
            .map_err(unavailable)?;
        if found.len() as i64 > MOST_OF_GROUPS {
            return Err(unavailable(format!(
                "groups are in more than {MOST_OF_GROUPS} groups and organizations"
            )));
        }
        let mut memberships = Vec::with_capacity(found.len());
        for row in &found {
            let one = Edge::of(row).map_err(unavailable)?;
            memberships.push(GroupMembership {
                group: one.member,
                organization: one.parent,
                is_admin: one.is_admin,
            });
        }
        let administered = memberships
            .iter()
            .filter(|one| one.is_admin)
            .map(|one| one.organization);
        Ok(Self {
            administered: administered.collect(),
            groups: Groups::resolve(&memberships),
        })
    }

    /// Returns whether a group administers an organization.
    pub(super) fn administer(&self, organization: i64) -> bool {
        self.administered.contains(&organization)
    }

    /// Reads the memberships of users: one for each organization, with the greater of
    /// several rights, their own before those of a group.
    pub(super) async fn of(
        &self,
        client: &Client,
        tables: &Tables,
        users: &[i64],
    ) -> Result<Vec<SourceRow>, PortError> {
        if !tables.has_memberships() || users.is_empty() {
            return Ok(Vec::new());
        }
        let found = client.query(&tables.memberships_of(), &[&users]).await;
        let found = found.map_err(unavailable)?;
        let mut all: BTreeMap<(i64, i64), SourceMembership> = BTreeMap::new();
        let mut left_out = Vec::new();
        let mut add = |one: SourceMembership| {
            let place = all
                .entry((one.user, one.organization))
                .or_insert_with(|| one.clone());
            if one.is_admin && !place.is_admin {
                *place = one;
            }
        };
        for row in &found {
            let edge = Edge::of(row).map_err(unavailable)?;
            let created_at: Option<i64> = row.try_get("created_at").map_err(unavailable)?;
            let is_deleted = row.try_get("is_deleted").map_err(unavailable)?;
            if let Some(why) = edge.why_left_out(is_deleted) {
                let id = RowId::membership(edge.parent, edge.member);
                let name = id.text.clone();
                left_out.push(SourceRow::LeftOut(id, name, why));
            } else if edge.is_group {
                for (organization, is_admin) in self.groups.organizations_of(edge.parent) {
                    add(SourceMembership {
                        organization,
                        user: edge.member,
                        is_admin,
                        through: Some(edge.parent),
                        created_at,
                    });
                }
            } else {
                add(SourceMembership {
                    organization: edge.parent,
                    user: edge.member,
                    is_admin: edge.is_admin,
                    through: None,
                    created_at,
                });
            }
        }
        // One that is deleted, and there again, is there.
        left_out.retain(|row| {
            let id = row.id().as_membership();
            id.is_none_or(|(organization, user)| !all.contains_key(&(user, organization)))
        });
        let rows = all.into_values().map(SourceRow::Membership);
        Ok(rows.chain(left_out).collect())
    }
}

/// A membership.
struct Edge {
    member: i64,
    parent: i64,
    has_role: bool,
    is_admin: bool,
    is_organization: bool,
    is_group: bool,
}

impl Edge {
    fn of(row: &Row) -> Result<Self, tokio_postgres::Error> {
        let role: Option<String> = row.try_get("role")?;
        let kind: Option<String> = row.try_get("kind")?;
        Ok(Self {
            member: row.try_get("member")?,
            parent: row.try_get("parent")?,
            has_role: role.is_some(),
            is_admin: role.as_deref() == Some("OWNER"),
            is_organization: kind.as_deref() == Some("ORG"),
            is_group: kind.as_deref() == Some("GROUP"),
        })
    }

    /// Returns why it makes nobody a member of anything, if it does not.
    fn why_left_out(&self, is_deleted: bool) -> Option<LeftOut> {
        match self {
            _ if is_deleted => Some(LeftOut::Deleted),
            Self { is_group: true, .. } => None,
            Self {
                is_organization: false,
                ..
            } => Some(LeftOut::Dangling),
            Self {
                has_role: false, ..
            } => Some(LeftOut::NoRole),
            _ => None,
        }
    }
}
