//! What is done with an organization, and with a membership.

use super::action::{Action, Decision, ROW, TOUCHED};
use crate::{
    identifier::{PrincipalId, UserId},
    identity::organization::{OrganizationChanges, Role, Slug},
    import::{
        draft::{Draft, Drafted},
        facts::{ImportOptions, MembershipFacts, OrganizationFacts},
        finding::{Done, Effect, Findings},
        state::RowState,
    },
};

pub(super) fn decide(
    drafted: Drafted,
    facts: &OrganizationFacts,
    options: &ImportOptions,
) -> Decision {
    let mut findings = drafted.findings.clone();
    let Draft::Organization(draft) = &drafted.draft else {
        return Decision::skip(findings, "it is no organization");
    };
    let free = |slug: &&Slug| !facts.taken.contains(slug.as_str());
    if let Some(known) = &facts.known {
        let Some(current) = &facts.current else {
            return Decision::skip(findings, "was deleted here since");
        };
        if known.is_merged || known.state == drafted.state {
            return Decision::unchanged(&findings);
        }
        if !known.is_untouched(current.updated_at) {
            return Decision::skip(findings, TOUCHED);
        }
        let first = draft.slugs.first().filter(free);
        let slug = first.filter(|slug| **slug != current.slug).cloned();
        let changes = OrganizationChanges {
            name: (draft.name != current.name).then(|| draft.name.clone()),
            slug,
            description: (draft.description != current.description)
                .then(|| draft.description.clone()),
        };
        let action = Action::ChangeOrganization(current.id, changes);
        return Decision::new(action, Done::Updated, findings);
    }
    let Some(slug) = draft.slugs.iter().find(free) else {
        return Decision::skip(findings, "every slug that it could get is taken here");
    };
    if Some(slug) != draft.slugs.first() {
        let reason = format!(
            "another organization here has its slug: its slug is {:?}",
            slug.as_str()
        );
        findings.add(Effect::Changed, reason);
    }
    let slug = slug.clone();
    let mut decision = Decision::new(Action::Nothing, Done::Created, findings);
    let id = decision.kept(options, ROW, Some(draft.id), facts.is_id_free);
    decision.action = Action::CreateOrganization { id, slug };
    decision
}

pub(super) fn decide_member(drafted: Drafted, facts: &MembershipFacts) -> Decision {
    let findings = drafted.findings.clone();
    let Draft::Membership(draft) = &drafted.draft else {
        return Decision::skip(findings, "it is no membership");
    };
    let Some(organization) = facts.organization else {
        return Decision::skip(findings, "the organization is not here");
    };
    let Some(user) = facts.user else {
        return Decision::skip(findings, "the user is not here");
    };
    let Some(known) = &facts.known else {
        return first(findings, facts, (organization, user, draft.role));
    };
    if known.is_merged || known.state == drafted.state {
        return match facts.current {
            Some(_) => Decision::unchanged(&findings),
            None => Decision::skip(findings, "was ended here since"),
        };
    }
    match facts.current {
        None if known.state == RowState::gone() => {
            let action = Action::AddMember(organization, user, draft.role);
            Decision::new(action, Done::Created, findings)
        }
        None => Decision::skip(findings, "was ended here since"),
        Some(role) if role == draft.role => {
            Decision::new(Action::Remember, Done::Unchanged, findings)
        }
        // It is what it was left as, or less is brought than it was made here since.
        Some(role) if known.state.as_str() == role.as_str() || draft.role == Role::User => {
            let action = Action::ChangeMember(organization, user, draft.role);
            Decision::new(action, Done::Updated, findings)
        }
        Some(_) => Decision::skip(findings, TOUCHED),
    }
}

/// Decides about a membership that was not imported before.
fn first(
    mut findings: Findings,
    facts: &MembershipFacts,
    (organization, user, role): (PrincipalId, UserId, Role),
) -> Decision {
    match facts.current {
        None => {
            let action = Action::AddMember(organization, user, role);
            Decision::new(action, Done::Created, findings)
        }
        Some(current) => {
            if current != role {
                let (here, there) = (current.as_str(), role.as_str());
                let reason = format!("stays {here} in the organization here, {there} there");
                findings.add(Effect::Changed, reason);
            }
            Decision::new(Action::MergeMember(user), Done::Merged, findings)
        }
    }
}
