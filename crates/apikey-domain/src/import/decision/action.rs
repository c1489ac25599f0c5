//! What can be done with a row, and what is said of that.

use crate::{
    error::PortError,
    identifier::{PrincipalId, UserId},
    identity::{
        organization::{OrganizationChanges, Role, Slug},
        user::UserChanges,
    },
    import::{
        draft::KeyHolder,
        facts::{Facts, ImportOptions, Known, MOST_ID},
        finding::{Done, Effect, Findings, Outcome},
    },
    key::{api_key::ApiKey, key_name::KeyName},
    timestamp::Timestamp,
};

/// What a store does with a row. Whatever it does, but for [`Action::Nothing`], it remembers
/// the state of the row.
#[derive(Clone, Debug)]
pub enum Action {
    /// Nothing.
    Nothing,
    /// It remembers the state, of what became of the row before.
    Remember,
    /// It creates a user, with these ids if any.
    CreateUser {
        /// The id of the user.
        id: Option<i64>,
        /// The id of their principal.
        principal: Option<i64>,
    },
    /// It remembers that this user is theirs.
    MergeUser(UserId),
    /// It changes a user. If nobody could make that change, it does not, and
    /// calls [`Decision::refused`].
    ChangeUser(UserId, Box<UserChanges>),
    /// It creates an organization, with this id if any.
    CreateOrganization {
        /// Its id.
        id: Option<i64>,
        /// Its slug.
        slug: Slug,
    },
    /// It changes an organization.
    ChangeOrganization(PrincipalId, OrganizationChanges),
    /// It adds a user to an organization.
    AddMember(PrincipalId, UserId, Role),
    /// It remembers that this is the membership that was there.
    MergeMember(UserId),
    /// It changes what a user is in an organization, under the same condition.
    ChangeMember(PrincipalId, UserId, Role),
    /// It ends a membership, under the same condition.
    EndMember(PrincipalId, UserId),
    /// It creates a key, with this id if any.
    CreateKey {
        /// Its id.
        id: Option<i64>,
        /// Its name.
        name: KeyName,
        /// Whose it is.
        holder: KeyHolder,
    },
    /// It makes this of a key.
    ChangeKey(Box<ApiKey>),
}

/// What is done with a row, and what there is to say of it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What a store does.
    pub action: Action,
    /// What was done then.
    pub done: Done,
    findings: Findings,
    /// Ids that the row does not keep, with what they are of.
    taken: Vec<(&'static str, i64)>,
}

// === impl Decision ===

impl Decision {
    pub(super) fn new(action: Action, done: Done, findings: Findings) -> Self {
        Self {
            action,
            done,
            findings,
            taken: Vec::new(),
        }
    }

    pub(super) fn skip(mut findings: Findings, reason: impl Into<String>) -> Self {
        findings.add(Effect::Skipped, reason);
        Self::new(Action::Nothing, Done::Skipped, findings)
    }

    /// Nothing has changed, and nothing is said.
    pub(super) fn unchanged(findings: &Findings) -> Self {
        let silent = Findings::silent(findings.row().clone());
        Self::new(Action::Nothing, Done::Unchanged, silent)
    }

    /// Returns an id that the row keeps, if it is free.
    pub(super) fn kept(
        &mut self,
        options: &ImportOptions,
        of: &'static str,
        id: Option<i64>,
        is_free: bool,
    ) -> Option<i64> {
        let id = id.filter(|_| options.keep_ids)?;
        if is_free && (1..=MOST_ID).contains(&id) {
            return Some(id);
        }
        self.taken.push((of, id));
        None
    }

    /// Returns the outcome, of a row that became what has this id.
    pub fn became(self, target: i64) -> Outcome {
        self.ended(Some(target))
    }

    /// Returns the outcome.
    pub fn outcome(self) -> Outcome {
        self.ended(None)
    }

    fn ended(mut self, target: Option<i64>) -> Outcome {
        for (of, id) in self.taken {
            let reason = match (of, target) {
                (PRINCIPAL, _) => {
                    format!("the id {id} of its principal is taken: it gets a new one")
                }
                (_, Some(target)) => format!("the id {id} is taken: it has the id {target}"),
                (_, None) => format!("the id {id} is taken: it gets a new one"),
            };
            self.findings.add(Effect::Changed, reason);
        }
        self.findings.outcome(self.done)
    }

    /// Returns the outcome of a change that the store refused, as it refuses it to anybody.
    pub fn refused(mut self, error: &PortError) -> Outcome {
        let reason = format!("what changed at the source is refused here: {error}");
        self.findings.add(Effect::Skipped, reason);
        self.findings.outcome(Done::Skipped)
    }
}

/// What an id is of.
pub(super) const PRINCIPAL: &str = "principal";
pub(super) const ROW: &str = "row";

impl Known {
    /// Returns whether what the row became is as it was left.
    pub(super) fn is_untouched(&self, updated_at: Timestamp) -> bool {
        self.left_at == Some(updated_at)
    }
}

impl Facts {
    /// Returns what is remembered of the row.
    pub fn known(&self) -> Option<&Known> {
        match self {
            Self::User(facts) => facts.known.as_ref(),
            Self::Organization(facts) => facts.known.as_ref(),
            Self::Membership(facts) => facts.known.as_ref(),
            Self::Key(facts) => facts.known.as_ref(),
            Self::Gone(facts) => facts.known.as_ref(),
        }
    }
}

/// Returns whether a row is another one than that which was imported under its id, because
/// it was created at another time: it is of another source.
pub fn is_of_another_source(known: &Known, created_at: Option<i64>) -> bool {
    matches!((known.created_at, created_at), (Some(then), Some(now)) if then != now)
}

/// Names something by its id, which it has not yet if it would be made by an import that
/// makes nothing.
pub(super) fn shown(id: i64, kind: &str, otherwise: &str) -> String {
    match id > 0 {
        true => format!("{kind} {id}"),
        false => otherwise.to_owned(),
    }
}

/// What is said of what was changed here since.
pub(super) const TOUCHED: &str =
    "was changed here since: what changed at the source is not brought";
