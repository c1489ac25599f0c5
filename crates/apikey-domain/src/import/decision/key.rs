//! What is done with a key.

use super::action::{Action, Decision, ROW, TOUCHED, shown};
use crate::{
    identity::user::User,
    import::{
        draft::{Draft, Drafted, KeyDraft, KeyHolder},
        facts::{ImportOptions, KeyFacts, Known},
        finding::{Done, Effect, Findings},
    },
    key::{api_key::ApiKey, key_name::KeyName},
    timestamp::Timestamp,
};

/// What is said of a key that has another holder than it had.
const OF_ANOTHER: &str =
    "is another's there than it is here: what changed at the source is not brought";

pub(super) fn decide(
    drafted: Drafted,
    facts: &KeyFacts,
    options: &ImportOptions,
    now: Timestamp,
) -> Decision {
    let mut findings = drafted.findings.clone();
    let Draft::Key(draft) = &drafted.draft else {
        return Decision::skip(findings, "it is no key");
    };
    if let Some(known) = &facts.known {
        return again(draft, known, &drafted, facts, now);
    }
    let Some(user) = &facts.user else {
        return Decision::skip(findings, "its user is not here");
    };
    let holder = match holder(draft, user, facts, &mut findings) {
        Ok(holder) => holder,
        Err(reason) => return Decision::skip(findings, reason),
    };
    if let Some(key) = facts.holder {
        let key = shown(key.0, "the key", "another key of the source");
        return Decision::skip(findings, format!("{key} here has its access key"));
    }
    let free = |name: &&KeyName| !facts.taken.contains(name.as_str());
    let Some(name) = draft.names.iter().find(free) else {
        return Decision::skip(findings, "every name that it could get is taken");
    };
    if Some(name) != draft.names.first() {
        let reason = format!(
            "another key of its user has its name: it is called {:?}",
            name.as_str()
        );
        findings.add(Effect::Changed, reason);
    }
    let name = name.clone();
    let mut decision = Decision::new(Action::Nothing, Done::Created, findings);
    let id = decision.kept(options, ROW, draft.id, facts.is_id_free);
    decision.action = Action::CreateKey { id, name, holder };
    decision
}

/// Returns whose a key is here.
fn holder(
    draft: &KeyDraft,
    user: &User,
    facts: &KeyFacts,
    findings: &mut Findings,
) -> Result<KeyHolder, &'static str> {
    let owner = match &draft.owner {
        None => {
            let reason = "it acts for all organizations there: for its user alone here";
            findings.add(Effect::Changed, reason);
            user.principal_id
        }
        Some(owner) if *owner == draft.user => user.principal_id,
        Some(_) => facts.organization.ok_or("whom it acts for is not here")?,
    };
    if owner != user.principal_id && !facts.is_member && !user.is_admin {
        let reason = "its user is not in the organization that it acts for: it is refused \
                      until they are";
        findings.add(Effect::Noted, reason);
    }
    Ok(KeyHolder {
        user_id: user.id,
        user_name: user.username.as_str().to_owned(),
        owner,
    })
}

/// Returns whether a key is whose it is said to be. Whose a key is never changes: what is
/// said of another's is not about it.
fn is_of_holder(current: &ApiKey, draft: &KeyDraft, facts: &KeyFacts) -> bool {
    facts.whose(draft) == Some((current.user_id, current.owner_principal_id))
}

/// Decides about a key that was imported before.
fn again(
    draft: &KeyDraft,
    known: &Known,
    drafted: &Drafted,
    facts: &KeyFacts,
    now: Timestamp,
) -> Decision {
    let mut findings = drafted.findings.clone();
    let Some(current) = &facts.current else {
        return Decision::skip(findings, "was deleted here since");
    };
    if known.state == drafted.state {
        return Decision::unchanged(&findings);
    }
    if current.revocation.is_some() {
        return Decision::skip(findings, "was revoked here since");
    }
    if !known.state.has_secret_of(&drafted.state) {
        return Decision::skip(findings, "has another access key there than it had");
    }
    let mut after = ApiKey {
        updated_at: now.of_change_after(current.updated_at),
        ..current.clone()
    };
    let (is_theirs, is_untouched) = (
        is_of_holder(current, draft, facts),
        known.is_untouched(current.updated_at),
    );
    if is_theirs && is_untouched {
        after.description.clone_from(&draft.description);
        after.scope = draft.scope;
        after.allowed_model_names = draft.allowed_model_names.clone();
        after.expires_at = draft.expires_at;
        match draft.names.first().filter(|name| **name != current.name) {
            Some(name) if facts.taken.contains(name.as_str()) => {
                let reason = "is renamed there to what another key of its user is called here";
                findings.add(Effect::Skipped, reason);
            }
            Some(name) => after.name = name.clone(),
            None => {}
        }
    } else {
        let reason = if is_theirs { TOUCHED } else { OF_ANOTHER };
        let has_ended = draft.expires_at.has_passed(now) && !current.expires_at.has_passed(now);
        if !has_ended {
            return Decision::skip(findings, reason);
        }
        findings.add(Effect::Skipped, reason);
        after.expires_at = draft.expires_at;
    }
    let is_same = ApiKey {
        updated_at: current.updated_at,
        ..after.clone()
    } == *current;
    match is_same {
        true => Decision::new(Action::Remember, Done::Unchanged, findings),
        false => Decision::new(Action::ChangeKey(Box::new(after)), Done::Updated, findings),
    }
}
