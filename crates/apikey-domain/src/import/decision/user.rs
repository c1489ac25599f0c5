//! What is done with a user.

use super::action::{Action, Decision, PRINCIPAL, ROW, TOUCHED, shown};
use crate::{
    identity::user::UserChanges,
    import::{
        draft::{Draft, Drafted, UserDraft},
        facts::{ImportOptions, Known, UserFacts},
        finding::{Done, Effect},
    },
};

/// What is said of everybody to whom an import gives the rights of an administrator.
const ADMINISTERS: &str = "administers the platform there: so it is here from now on";

pub(super) fn decide(drafted: Drafted, facts: &UserFacts, options: &ImportOptions) -> Decision {
    let Draft::User(draft) = &drafted.draft else {
        return Decision::skip(drafted.findings, "it is no user");
    };
    if let Some(known) = &facts.known {
        return again(draft, known, &drafted, facts);
    }
    let mut findings = drafted.findings.clone();
    match &facts.mapped {
        Some(Some(user)) if !user.is_system => {
            let name = shown(user.id.0, "the user", "another user of the source");
            let reason = format!("is {name} here, who keeps password and rights");
            findings.add(Effect::Changed, reason);
            return Decision::new(Action::MergeUser(user.id), Done::Merged, findings);
        }
        Some(_) => {
            let name = options.map.get(&draft.source_name);
            let name = name.map(String::as_str).unwrap_or_default();
            return Decision::skip(findings, format!("there is no user {name:?} to map to"));
        }
        None => {}
    }
    if let Some(user) = facts.namesake {
        let name = draft.username.as_str();
        let user = shown(user.0, "the user", "another user of the source");
        let reason = format!(
            "{user} here has this name: if they are the same, map them with --map {name}={name}"
        );
        return Decision::skip(findings, reason);
    }
    if facts.is_alike {
        let reason = "the name looks like that of another user here";
        findings.add(Effect::Noted, reason);
    }
    if draft.is_admin {
        findings.add(Effect::Noted, ADMINISTERS);
    }
    let mut decision = Decision::new(Action::Nothing, Done::Created, findings);
    let id = decision.kept(options, ROW, Some(draft.id), facts.is_id_free);
    let principal = decision.kept(options, PRINCIPAL, Some(draft.id), facts.is_principal_free);
    decision.action = Action::CreateUser { id, principal };
    decision
}

/// Decides about a user who was imported before.
fn again(draft: &UserDraft, known: &Known, drafted: &Drafted, facts: &UserFacts) -> Decision {
    let mut findings = drafted.findings.clone();
    let Some(current) = &facts.current else {
        return Decision::skip(findings, "was deleted here since");
    };
    if known.is_merged || known.state == drafted.state {
        return Decision::unchanged(&findings);
    }
    let user = &current.user;
    let mut changes = UserChanges::default();
    let is_untouched = known.is_untouched(user.updated_at);
    if is_untouched {
        if user.username != draft.username {
            match facts.namesake {
                Some(other) => {
                    let other = shown(other.0, "the user", "another user of the source");
                    let reason = format!("is renamed there to what {other} is here");
                    findings.add(Effect::Skipped, reason);
                }
                None if facts.is_alike => {
                    let reason =
                        "is renamed there to what looks like the name of another user here";
                    findings.add(Effect::Skipped, reason);
                }
                None => changes.username = Some(draft.username.clone()),
            }
        }
        if user.full_name != draft.full_name {
            changes.full_name = Some(draft.full_name.clone());
        }
        // Ours may have been renewed: the password is the same.
        if !known.state.has_secret_of(&drafted.state) {
            changes.password_hash = Some(draft.password_hash.clone());
        }
        let must_change = draft.require_password_change;
        let is_other = user.require_password_change != must_change;
        changes.require_password_change = is_other.then_some(must_change);
        changes.is_admin = (user.is_admin != draft.is_admin).then_some(draft.is_admin);
        changes.is_active = (user.is_active != draft.is_active).then_some(draft.is_active);
        if changes.is_admin == Some(true) {
            findings.add(Effect::Noted, ADMINISTERS);
        }
    } else {
        findings.add(Effect::Skipped, TOUCHED);
        changes.is_admin = (user.is_admin && !draft.is_admin).then_some(false);
        changes.is_active = (user.is_active && !draft.is_active).then_some(false);
    }
    let changes_anything = changes.username.is_some()
        || changes.full_name.is_some()
        || changes.password_hash.is_some()
        || changes.is_admin.is_some()
        || changes.require_password_change.is_some()
        || changes.is_active.is_some();
    match (changes_anything, is_untouched) {
        (true, _) => {
            let action = Action::ChangeUser(user.id, Box::new(changes));
            Decision::new(action, Done::Updated, findings)
        }
        (false, true) => Decision::new(Action::Remember, Done::Unchanged, findings),
        (false, false) => Decision::new(Action::Nothing, Done::Skipped, findings),
    }
}
