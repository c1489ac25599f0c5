//! Who is in which organization, also through groups.

use super::{ids::ids, tables::Tables};
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
    /// The group that every user is in.
    of_all: Option<i64>,
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
        let (mut memberships, mut organizations) = (Vec::new(), BTreeSet::new());
        for row in &found {
            let one = Edge::of(row).map_err(unavailable)?;
            memberships.push(GroupMembership {
                group: one.member,
                parent: one.parent,
                is_admin: one.is_admin,
            });
            if one.is_organization {
                organizations.insert(one.parent);
            }
        }
        let of_all = client
            .query_opt(&tables.group_of_all(), &[])
            .await
            .map_err(unavailable)?;
        let of_all = of_all
            .map(|row| row.try_get(0).map_err(unavailable))
            .transpose()?;
        let administered = memberships
            .iter()
            .filter(|one| one.is_admin)
            .map(|one| one.parent);
        Ok(Self {
            administered: administered.collect(),
            groups: Groups::resolve(&memberships, &Vec::from_iter(organizations)),
            of_all,
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
            if row.try_get("is_deleted").map_err(unavailable)? {
                let id = RowId::membership(edge.parent, edge.member);
                let name = id.text.clone();
                left_out.push(SourceRow::LeftOut(id, name, LeftOut::Deleted));
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
        if let Some(group) = self.of_all {
            let present = client.query(&tables.present_users(), &[&users]).await;
            for user in ids(&present.map_err(unavailable)?)? {
                for (organization, is_admin) in self.groups.organizations_of(group) {
                    add(SourceMembership {
                        organization,
                        user,
                        is_admin,
                        through: Some(group),
                        created_at: None,
                    });
                }
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
            is_admin: role.as_deref() == Some("OWNER"),
            is_organization: kind.as_deref() == Some("ORG"),
            is_group: kind.as_deref() == Some("GROUP"),
        })
    }
}
