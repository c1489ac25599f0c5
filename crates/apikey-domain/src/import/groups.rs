//! Groups, which there are not here: their members become members of the organizations that
//! the groups are in.

use std::collections::{BTreeMap, BTreeSet};

/// Which organizations the members of each group are in, and whether they administer them.
#[derive(Debug, Default)]
pub struct Groups {
    organizations: BTreeMap<i64, BTreeMap<i64, bool>>,
}

/// A group in another group or in an organization.
#[derive(Clone, Copy, Debug)]
pub struct GroupMembership {
    /// The group.
    pub group: i64,
    /// The group or organization that it is in.
    pub parent: i64,
    /// Whether its members administer that.
    pub is_admin: bool,
}

impl Groups {
    /// Resolves groups within groups. One that is within itself ends nowhere.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::import::groups::{GroupMembership, Groups};
    ///
    /// let within = |group, parent| GroupMembership { group, parent, is_admin: false };
    /// // 20 and 21 are within each other, and 21 is in the organization 9.
    /// let groups = Groups::resolve(&[within(20, 21), within(21, 20), within(21, 9)], &[9]);
    /// assert_eq!(groups.organizations_of(20).collect::<Vec<_>>(), [(9, false)]);
    /// ```
    pub fn resolve(memberships: &[GroupMembership], organizations: &[i64]) -> Self {
        let organizations: BTreeSet<i64> = organizations.iter().copied().collect();
        let mut parents: BTreeMap<i64, Vec<GroupMembership>> = BTreeMap::new();
        for one in memberships {
            parents.entry(one.group).or_default().push(*one);
        }
        let mut resolved = Self::default();
        for group in parents.keys() {
            let mut seen = BTreeSet::new();
            let mut open = vec![*group];
            while let Some(next) = open.pop() {
                if !seen.insert(next) {
                    continue;
                }
                for one in parents.get(&next).into_iter().flatten() {
                    if organizations.contains(&one.parent) {
                        let of_group = resolved.organizations.entry(*group).or_default();
                        *of_group.entry(one.parent).or_default() |= one.is_admin;
                    } else {
                        open.push(one.parent);
                    }
                }
            }
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
