//! What this service would store of a row.

mod key;
mod text;
mod user;

pub use key::{KeyDraft, KeyHolder, digest_of_both};
pub use user::{OrganizationDraft, UserDraft};

use super::{
    finding::{Effect, Findings, Outcome},
    source::{RowId, SourceMembership, SourceRow},
    state::RowState,
};
use crate::{identity::organization::Role, timestamp::Timestamp};

/// What a row would become here.
#[derive(Clone, Debug)]
pub enum Draft {
    /// A user.
    User(UserDraft),
    /// An organization.
    Organization(OrganizationDraft),
    /// A membership.
    Membership(MembershipDraft),
    /// A key.
    Key(Box<KeyDraft>),
    /// The end of what it was.
    End,
}

/// A membership to be stored.
#[derive(Clone, Debug)]
pub struct MembershipDraft {
    /// The organization, as the source calls it.
    pub organization: i64,
    /// The user, as the source calls them.
    pub user: i64,
    /// What they may there.
    pub role: Role,
    /// Since when.
    pub created_at: Timestamp,
}

/// A row as it would be stored, and what there is to say of it.
#[derive(Clone, Debug)]
pub struct Drafted {
    /// What would be stored.
    pub draft: Draft,
    /// What the row says, for a later import.
    pub state: RowState,
    /// When the source says that it was created, in microseconds.
    pub created_at: Option<i64>,
    /// What there is to say.
    pub findings: Findings,
}

impl Drafted {
    /// Makes what would be stored of a row at `now`. Whatever a row holds, this says so; it
    /// fails for none.
    ///
    /// # Errors
    ///
    /// The outcome of a row that is left out.
    pub fn of(row: &SourceRow, now: Timestamp) -> Result<Self, Outcome> {
        match row {
            SourceRow::User(user) => user::draft(user, now),
            SourceRow::Organization(one) => user::draft_organization(one, now),
            SourceRow::Membership(one) => membership(one, now),
            SourceRow::Key(key) => key::draft(key, now),
            SourceRow::LeftOut(row, name, why) => {
                Err(Findings::of(row.clone(), name).skipped(why.as_str()))
            }
            SourceRow::Gone(row) => Ok(Self {
                draft: Draft::End,
                state: RowState::gone(),
                created_at: None,
                findings: Findings::of(row.clone(), &row.text),
            }),
        }
    }

    /// Returns what the source calls the row.
    pub fn row(&self) -> &RowId {
        self.findings.row()
    }
}

fn membership(one: &SourceMembership, now: Timestamp) -> Result<Drafted, Outcome> {
    let row = RowId::membership(one.organization, one.user);
    let mut findings = Findings::of(row.clone(), &row.text);
    if let Some(group) = one.through {
        let reason = format!("there are no groups here: a member through the group {group}");
        findings.add(Effect::Changed, reason);
    }
    let role = match one.is_admin {
        true => Role::Admin,
        false => Role::User,
    };
    Ok(Drafted {
        state: RowState::stored(role.as_str()),
        draft: Draft::Membership(MembershipDraft {
            organization: one.organization,
            user: one.user,
            role,
            created_at: text::instant("created_at", one.created_at, now, &mut findings),
        }),
        created_at: None,
        findings,
    })
}
