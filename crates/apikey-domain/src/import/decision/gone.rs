//! What is done with a row that the source has no longer.

use super::action::{Action, Decision};
use crate::{
    identity::user::UserChanges,
    import::{
        draft::Drafted,
        facts::{Current, GoneFacts, Known},
        finding::{Done, Effect},
        source::RowKind,
        state::RowState,
    },
    key::revocation::{Comment, NewRevocation, RevocationReason},
    timestamp::Timestamp,
};

pub(super) fn decide(drafted: Drafted, facts: &GoneFacts, now: Timestamp) -> Decision {
    let mut findings = drafted.findings;
    let is_ours = |known: &Known| !known.is_merged && known.state != RowState::gone();
    if !facts.known.as_ref().is_some_and(is_ours) {
        return Decision::unchanged(&findings);
    }
    if facts.current.is_none() && findings.row().kind == RowKind::Membership {
        // It was ended here. Were it taken for one that ended there, it would begin again
        // when it begins there.
        return Decision::unchanged(&findings);
    }
    let (action, reason) = match &facts.current {
        None => (Action::Remember, None),
        Some(Current::User(one)) if !one.user.is_active => (Action::Remember, None),
        Some(Current::User(one)) => {
            let changes = UserChanges {
                is_active: Some(false),
                ..UserChanges::default()
            };
            let action = Action::ChangeUser(one.user.id, Box::new(changes));
            (action, Some("is gone at the source: deactivated"))
        }
        Some(Current::Organization(_)) => {
            let reason = "is gone at the source: it stays until somebody deletes it";
            (Action::Remember, Some(reason))
        }
        Some(Current::Membership(organization, user, _)) => {
            let action = Action::EndMember(*organization, *user);
            (action, Some("is gone at the source: ended"))
        }
        Some(Current::Key(key)) if key.revocation.is_some() => (Action::Remember, None),
        Some(Current::Key(key)) => {
            let revocation = NewRevocation {
                reason: RevocationReason::Other,
                comment: Comment::parse("gone at the source that it was imported from").ok(),
            };
            let mut after = key.as_ref().clone();
            after.revocation = Some(revocation.at(now));
            after.updated_at = now.of_change_after(after.updated_at);
            let action = Action::ChangeKey(Box::new(after));
            (action, Some("is gone at the source: revoked"))
        }
    };
    let done = match &action {
        Action::Remember => Done::Unchanged,
        _ => Done::Ended,
    };
    if let Some(reason) = reason {
        let effect = match done {
            Done::Ended => Effect::Changed,
            _ => Effect::Noted,
        };
        findings.add(effect, reason);
    }
    Decision::new(action, done, findings)
}
