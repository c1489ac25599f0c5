//! Groups, which there are not here: their members become members of the organizations that
//! the groups are in.

use std::collections::BTreeMap;

/// Which organizations the members of each group are in, and whether they administer them.
#[derive(Debug, Default)]
pub struct Groups {
    organizations: BTreeMap<i64, BTreeMap<i64, bool>>,
}

/// A group in an organization.
#[derive(Clone, Copy, Debug)]
pub struct GroupMembership {
    /// The group.
    pub group: i64,
    /// The organization that it is in.
    pub organization: i64,
    /// Whether its members administer that.
    pub is_admin: bool,
}

impl Groups {
    /// Resolves groups. Only who is in a group themselves is in its organizations, as there:
    /// a group in a group gives its members nothing.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::import::groups::{GroupMembership, Groups};
    ///
    /// let within = |organization, is_admin| GroupMembership { group: 20, organization, is_admin };
    /// let groups = Groups::resolve(&[within(9, false), within(9, true), within(10, false)]);
    /// assert_eq!(groups.organizations_of(20).collect::<Vec<_>>(), [(9, true), (10, false)]);
    /// assert_eq!(groups.organizations_of(21).count(), 0);
    /// ```
    pub fn resolve(memberships: &[GroupMembership]) -> Self {
        let mut resolved = Self::default();
        for one in memberships {
            let of_group = resolved.organizations.entry(one.group).or_default();
            *of_group.entry(one.organization).or_default() |= one.is_admin;
        }
        resolved
    }

    /// Returns the organizations that the members of a group are in, and whether they
    /// administer them.
    pub fn organizations_of(&self, group: i64) -> impl Iterator<Item = (i64, bool)> {
        let organizations = self.organizations.get(&group).into_iter().flatten();
        organizations.map(|(id, is_admin)| (*id, *is_admin))
    }
}
