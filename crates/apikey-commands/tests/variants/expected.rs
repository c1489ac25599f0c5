//! What must become of made rows.

use crate::made::{Key, Made, Principal};
use apikey_domain::identity::organization::Role;
use std::collections::BTreeMap;

/// A key that must be there.
#[derive(Debug)]
pub(crate) struct ExpectedKey {
    pub(crate) owner: i64,
    pub(crate) scope: Vec<&'static str>,
    pub(crate) models: Option<Vec<String>>,
    pub(crate) digest: String,
    pub(crate) expires_at: Option<String>,
    pub(crate) name: String,
}

/// What must be there.
pub(crate) struct Expected {
    pub(crate) users: Vec<i64>,
    pub(crate) organizations: Vec<i64>,
    pub(crate) members: BTreeMap<(i64, i64), Role>,
    pub(crate) keys: BTreeMap<i64, ExpectedKey>,
}

// === impl Expected ===

impl Expected {
    pub(crate) fn of(made: &Made) -> Self {
        let live = |kind: &str| {
            let is_it = |one: &&Principal| one.kind == kind && !one.is_deleted;
            Vec::from_iter(made.principals.iter().filter(is_it).map(|one| one.id))
        };
        let (users, organizations) = (live("USER"), live("ORG"));
        let keys = made.keys.iter().filter_map(|key| {
            let expected = key_of(key, &users, &organizations)?;
            Some((key.id, expected))
        });
        Self {
            keys: keys.collect(),
            members: members(made, &users, &organizations, &live("GROUP")),
            users,
            organizations,
        }
    }
}

/// Returns who is in which organization, themselves or in a group that is. A membership
/// without a role in an organization is none, and a group in a group gives nothing.
fn members(
    made: &Made,
    users: &[i64],
    organizations: &[i64],
    groups: &[i64],
) -> BTreeMap<(i64, i64), Role> {
    let live = || made.members.iter().filter(|one| !one.is_deleted);
    let mut members = BTreeMap::new();
    for of_organization in live().filter(|one| organizations.contains(&one.parent)) {
        let Some(role) = of_organization.role else {
            continue;
        };
        let member = of_organization.member;
        let of_group = live().filter(|one| one.parent == member && groups.contains(&member));
        let all = of_group.map(|one| one.member).chain([member]);
        for user in all.filter(|id| users.contains(id)) {
            let place = members.entry((of_organization.parent, user));
            let place = place.or_insert(Role::User);
            if role == "OWNER" {
                *place = Role::Admin;
            }
        }
    }
    members
}

fn key_of(key: &Key, users: &[i64], organizations: &[i64]) -> Option<ExpectedKey> {
    if key.is_deleted || key.access_key.is_empty() || !users.contains(&key.user) {
        return None;
    }
    let owner = match key.owner {
        None => key.user,
        Some(own) if own == key.user => own,
        Some(id) => organizations.contains(&id).then_some(id)?,
    };
    let is_fast = |text: &&String| text.split('$').count() == 3;
    let digest = match key.fast.as_ref().filter(is_fast) {
        Some(fast) => fast.clone(),
        None => Some(key.slow.clone()).filter(|text| text.starts_with('$'))?,
    };
    let scope = match key.scope {
        "[\"*\"]" => vec!["*"],
        "[\"management\", \"inference\"]" => vec!["management", "inference"],
        "[\"inference\"]" | "[\"inference\", \"unheard-of\"]" => vec!["inference"],
        _ => vec![],
    };
    let models = match key.models {
        None | Some("null") => None,
        Some("[]") => Some(Vec::new()),
        Some("[\"qwen3-0.6b\", \"bge-m3\"]") => {
            Some(vec!["qwen3-0.6b".to_owned(), "bge-m3".to_owned()])
        }
        Some(_) => return None,
    };
    let expires_at = match key.expires_at {
        Some("2027-11-25 18:51:55.231476") => Some("2027-11-25T18:51:55.231476Z"),
        Some("2020-01-01 00:00:00") => Some("2020-01-01T00:00:00.000000Z"),
        Some("-infinity") => Some("0001-01-01T00:00:00.000000Z"),
        _ => None,
    };
    let name = match key.name.as_str() {
        "" => format!("key {}", key.id),
        name => name.replace('\n', "\u{fffd}"),
    };
    Some(ExpectedKey {
        owner,
        scope,
        models,
        digest,
        expires_at: expires_at.map(str::to_owned),
        name,
    })
}
