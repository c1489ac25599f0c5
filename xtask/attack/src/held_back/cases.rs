//! Which right ends under which write.

use crate::held_back::kinds::{Loss, Who, Write};
use std::{collections::BTreeSet, fmt};

/// One write whose right ends, or stays.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case {
    pub(super) loss: Loss,
    pub(super) who: Who,
    pub(super) write: Write,
}

/// The writes of someone that a loss must stop.
pub(super) type Row = (Loss, Who, &'static [Write]);

const OWN: &[Write] = &[Write::CreateKey, Write::UpdateKey, Write::ChangeSelf];
const ADMINISTERING: &[Write] = &[
    Write::CreateUser,
    Write::UpdateUser,
    Write::Activate,
    Write::CreateOrganization,
    Write::UpdateOrganization,
    Write::AddMember,
    Write::ChangeMember,
];
const OF_ORGANIZATION: &[Write] = &[
    Write::CreateKey,
    Write::UpdateKey,
    Write::AddMember,
    Write::ChangeMember,
];
const MEMBERS: &[Write] = &[Write::AddMember, Write::ChangeMember];
const OF_KEYS: &[Write] = &[Write::CreateKey, Write::UpdateKey];

/// Every loss with those whom it concerns.
pub(super) const CASES: &[Row] = &[
    (Loss::KeyDeleted, Who::Key, OWN),
    (Loss::KeyDeleted, Who::AdminKey, ADMINISTERING),
    (Loss::KeyDeleted, Who::OrganizationKey, OF_ORGANIZATION),
    (Loss::KeyNarrowed, Who::Key, OWN),
    (Loss::KeyNarrowed, Who::AdminKey, ADMINISTERING),
    (Loss::KeyNarrowed, Who::OrganizationKey, MEMBERS),
    (Loss::KeyExpired, Who::Key, OWN),
    (Loss::KeyExpired, Who::AdminKey, MEMBERS),
    (Loss::UserDeactivated, Who::Key, OWN),
    (Loss::UserDeactivated, Who::Password, OWN),
    (Loss::UserDeactivated, Who::AdminKey, ADMINISTERING),
    (Loss::UserDeactivated, Who::OrganizationKey, MEMBERS),
    (Loss::UserDeleted, Who::Key, OWN),
    (Loss::UserDeleted, Who::AdminPassword, MEMBERS),
    (Loss::UserDemoted, Who::AdminKey, ADMINISTERING),
    (Loss::UserDemoted, Who::AdminPassword, ADMINISTERING),
    (Loss::NewPassword, Who::Password, OWN),
    (Loss::NewPassword, Who::AdminPassword, ADMINISTERING),
    (Loss::NewPassword, Who::PasswordForOrganization, OF_KEYS),
    (Loss::MemberRemoved, Who::OrganizationKey, OF_ORGANIZATION),
    (Loss::MemberRemoved, Who::PasswordForOrganization, OF_KEYS),
    (Loss::MemberRemoved, Who::Password, MEMBERS),
    (Loss::MemberDemoted, Who::OrganizationKey, MEMBERS),
    (Loss::MemberDemoted, Who::Password, MEMBERS),
    (
        Loss::OrganizationGone,
        Who::PasswordForOrganization,
        &[Write::CreateKey],
    ),
    (Loss::OrganizationGone, Who::Password, MEMBERS),
    (Loss::OrganizationGone, Who::AdminPassword, MEMBERS),
];

/// Returns each write of the cases once, without a loss.
pub(super) fn controls() -> Vec<Case> {
    let all = CASES.iter().flat_map(Case::each);
    let once: BTreeSet<_> = all.map(|case| (case.who, case.write)).collect();
    let control = |(who, write)| Case {
        loss: Loss::None,
        who,
        write,
    };
    once.into_iter().map(control).collect()
}

// === impl Case ===

impl Case {
    /// Returns the cases of a row.
    pub(super) fn each((loss, who, writes): &Row) -> impl Iterator<Item = Self> {
        let (loss, who) = (*loss, *who);
        writes.iter().map(move |write| Self {
            loss,
            who,
            write: *write,
        })
    }
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { loss, who, write } = self;
        write!(formatter, "{loss:?}, {write:?} by {who:?}")
    }
}
