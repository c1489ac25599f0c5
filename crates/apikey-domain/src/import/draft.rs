//! What this service would store of a row.

mod key;
mod organization;
mod text;
mod types;
mod user;

pub use key::digest_of_both;
pub use types::{
    Draft, Drafted, KeyDraft, KeyHolder, MembershipDraft, OrganizationDraft, UserDraft,
};
pub use user::NO_PASSWORD;

use super::{
    finding::{Effect, Findings, Outcome},
    source::{RowId, SourceMembership, SourceRow},
    state::RowState,
};
use crate::{identity::organization::Role, timestamp::Timestamp};

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
            SourceRow::Organization(one) => organization::draft(one, now),
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
