//! Organizations.

use super::{
    text::{description, instants, name},
    types::{Draft, Drafted, OrganizationDraft},
};
use crate::{
    identity::organization::{OrganizationName, Slug},
    import::{
        finding::{Effect, Findings, Outcome},
        source::{SourceOrganization, SourceRow},
        state::RowState,
    },
    timestamp::Timestamp,
};

pub(super) fn draft(one: &SourceOrganization, now: Timestamp) -> Result<Drafted, Outcome> {
    let id = SourceRow::Organization(one.clone()).id();
    let short = one.slug.clone().unwrap_or_default();
    let mut findings = Findings::of(id, &short);
    let fallback = format!("organization {}", one.id);
    let longer = one.name.as_deref().filter(|name| !name.trim().is_empty());
    let name = name(
        "name",
        longer.or(one.slug.as_deref()),
        &[],
        &fallback,
        &mut findings,
    );
    let Ok(name) = OrganizationName::stored(name) else {
        return Err(findings.skipped("its name cannot be stored"));
    };
    if !one.has_admin {
        let reason = "nobody administers it: a platform admin can name somebody";
        findings.add(Effect::Noted, reason);
    }
    let slugs = slugs(&short, one.id);
    if slugs.first().map(Slug::as_str) != Some(short.as_str()) {
        let slug = slugs.first().map(Slug::as_str).unwrap_or_default();
        findings.add(
            Effect::Changed,
            format!("its name is no slug: its slug is {slug:?} here"),
        );
    }
    let (created_at, updated_at) = instants((one.created_at, one.updated_at), now, &mut findings);
    let says = [
        short.as_str(),
        one.name.as_deref().unwrap_or_default(),
        one.description.as_deref().unwrap_or_default(),
    ];
    Ok(Drafted {
        state: RowState::of(&says, ""),
        created_at: one.created_at,
        draft: Draft::Organization(OrganizationDraft {
            id: one.id,
            name,
            slugs,
            description: description(one.description.as_deref(), &mut findings),
            created_at,
            updated_at,
        }),
        findings,
    })
}

/// Returns the slugs that an organization may get, the best first.
fn slugs(name: &str, id: i64) -> Vec<Slug> {
    let plain: String = name
        .chars()
        .map(|character| match character.to_ascii_lowercase() {
            fit @ ('a'..='z' | '0'..='9') => fit,
            _ => '-',
        })
        .collect();
    let plain: String = plain.trim_matches('-').chars().take(48).collect();
    let exact = Slug::parse(name).ok();
    let others = [
        plain.clone(),
        format!("{plain}-{id}"),
        format!("organization-{id}"),
    ];
    let others = others.into_iter().filter_map(|slug| Slug::parse(slug).ok());
    let more = (2..10).filter_map(|number| Slug::parse(format!("organization-{id}-{number}")).ok());
    let mut slugs: Vec<Slug> = exact.into_iter().chain(others).chain(more).collect();
    slugs.dedup();
    slugs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_name_of_an_organization_is_there_is_a_slug() {
        for (name, first) in [
            ("acme", "acme"),
            ("Acme Labs", "acme-labs"),
            ("", "organization-9"),
            ("ключ", "organization-9"),
            ("--", "organization-9"),
            ("-a", "a"),
        ] {
            assert_eq!(slugs(name, 9).first().unwrap().as_str(), first, "{name}");
        }
    }
}
