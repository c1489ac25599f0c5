//! Users and organizations.

use super::{
    Draft, Drafted,
    text::{description, instant, name},
};
use crate::{
    identifier::{PrincipalId, UserId},
    identity::{
        organization::{Organization, OrganizationName, Slug},
        password::PasswordHash,
        user::{FullName, User, Username},
    },
    import::{
        finding::{Effect, Findings, Outcome},
        source::{SourceOrganization, SourceRow, SourceUser},
        state::RowState,
    },
    key::{digest::Argon2id, key_name::Description},
    timestamp::Timestamp,
};

/// The hash of no password: nobody knows a text that has it.
const NO_PASSWORD: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A user to be stored.
#[derive(Clone, Debug)]
pub struct UserDraft {
    /// What the source calls them.
    pub id: i64,
    /// Their name at the source.
    pub source_name: String,
    /// The name with which they sign in.
    pub username: Username,
    /// Their full name.
    pub full_name: Option<FullName>,
    /// The hash of their password.
    pub password_hash: PasswordHash,
    /// Whether they must choose another password.
    pub require_password_change: bool,
    /// Whether they administer the platform.
    pub is_admin: bool,
    /// Whether they may sign in.
    pub is_active: bool,
    /// When they were created.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
}

/// An organization to be stored.
#[derive(Clone, Debug)]
pub struct OrganizationDraft {
    /// What the source calls it.
    pub id: i64,
    /// Its name.
    pub name: OrganizationName,
    /// Its slug, or another one if that is taken.
    pub slugs: Vec<Slug>,
    /// A free-text description.
    pub description: Option<Description>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

// === impl UserDraft ===

impl UserDraft {
    /// Returns the user as a store keeps them.
    pub fn stored(&self, id: UserId, principal_id: PrincipalId) -> User {
        User {
            id,
            username: self.username.clone(),
            full_name: self.full_name.clone(),
            is_admin: self.is_admin,
            is_active: self.is_active,
            is_system: false,
            principal_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

// === impl OrganizationDraft ===

impl OrganizationDraft {
    /// Returns the organization as a store keeps it.
    pub fn stored(&self, id: PrincipalId, slug: Slug) -> Organization {
        Organization {
            id,
            name: self.name.clone(),
            slug,
            description: self.description.clone(),
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

pub(super) fn draft(user: &SourceUser, now: Timestamp) -> Result<Drafted, Outcome> {
    let id = SourceRow::User(user.clone()).id();
    let shown = user.username.clone().unwrap_or_default();
    let mut findings = Findings::of(id, &shown);
    let fallback = format!("user {}", user.id);
    let name = name(
        "username",
        user.username.as_deref(),
        &[':'],
        &fallback,
        &mut findings,
    );
    let Ok(username) = Username::stored(name) else {
        return Err(findings.skipped("its username cannot be stored"));
    };
    if Username::parse(username.as_str()).is_err() {
        findings.add(Effect::Noted, "no new user could have this name");
    }
    let full_name = full_name(user.full_name.as_deref(), &mut findings);
    let password = user.password.as_ref();
    let password_hash = match password.filter(|hash| is_verifiable(hash.as_str())) {
        Some(hash) => hash.clone(),
        None => {
            let reason = match (password, &user.known_by) {
                (Some(_), _) => "the hash of their password is none that is verified here",
                (None, Some(_)) => "signs in elsewhere and has no password",
                (None, None) => "has no password",
            };
            let remedy = "they cannot sign in here until they are given one";
            findings.add(Effect::Changed, format!("{reason}: {remedy}"));
            PasswordHash::new(NO_PASSWORD)
        }
    };
    let (created_at, updated_at) = instants((user.created_at, user.updated_at), now, &mut findings);
    let says = [
        username.as_str(),
        user.full_name.as_deref().unwrap_or_default(),
        if user.is_admin { "admin" } else { "" },
        if user.is_active { "active" } else { "" },
    ];
    Ok(Drafted {
        state: RowState::of(&says, password_hash.as_str()),
        created_at: user.created_at,
        draft: Draft::User(UserDraft {
            id: user.id,
            source_name: shown,
            username,
            full_name,
            password_hash,
            require_password_change: user.require_password_change,
            is_admin: user.is_admin,
            is_active: user.is_active,
            created_at,
            updated_at,
        }),
        findings,
    })
}

fn full_name(text: Option<&str>, findings: &mut Findings) -> Option<FullName> {
    let text = text.filter(|text| !text.is_empty())?;
    if text.chars().all(char::is_whitespace) {
        return None;
    }
    let name = name("full name", Some(text), &[], "", findings);
    FullName::parse(name).ok()
}

pub(super) fn draft_organization(
    one: &SourceOrganization,
    now: Timestamp,
) -> Result<Drafted, Outcome> {
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

/// Returns when something was created and last changed, which was not before.
pub(super) fn instants(
    (created_at, updated_at): (Option<i64>, Option<i64>),
    now: Timestamp,
    findings: &mut Findings,
) -> (Timestamp, Timestamp) {
    let created_at = instant("created_at", created_at, now, findings);
    let updated_at = updated_at.and_then(Timestamp::from_microseconds);
    (created_at, updated_at.unwrap_or(created_at).max(created_at))
}

/// Returns whether this service verifies such a hash of a password: argon2id, of parameters
/// that do not cost others their turn.
fn is_verifiable(hash: &str) -> bool {
    let mut parts = hash.split('$');
    let head = [parts.next(), parts.next(), parts.next()];
    if head != [Some(""), Some("argon2id"), Some("v=19")] {
        return false;
    }
    let (Some(costs), Some(salt), Some(output), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let numbers = costs.split(',').zip(["m=", "t=", "p="]);
    let numbers = numbers.filter_map(|(cost, name)| cost.strip_prefix(name)?.parse::<u32>().ok());
    let numbers: Vec<u32> = numbers.collect();
    let is_plain = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
        text.bytes().all(fits)
    };
    let [memory, passes, lanes] = numbers[..] else {
        return false;
    };
    costs.matches(',').count() == 2
        && (8..=Argon2id::MOST_MEMORY_KIB).contains(&memory)
        && passes >= 1
        && (1..=Argon2id::MOST_LANES).contains(&lanes)
        && memory >= 8 * lanes
        && u64::from(memory) * u64::from(passes) <= Argon2id::MOST_WORK_KIB
        && (11..=64).contains(&salt.len())
        && output.len() == 43
        && is_plain(salt)
        && is_plain(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &str = "epS3mS9pkvowzgJZIaZD1Q";
    const OUTPUT: &str = "de2A2c9jDAY/2YprpHpLFkM5cPxAZz8SR7CP+K6jsm4";

    #[test]
    fn a_hash_of_a_password_is_taken_if_it_can_be_verified_at_a_bounded_cost() {
        assert!(is_verifiable(NO_PASSWORD));
        let of = |costs: &str| is_verifiable(&format!("$argon2id$v=19${costs}${SALT}${OUTPUT}"));
        assert!(of("m=65536,t=3,p=4"));
        for costs in [
            "m=4194304,t=3,p=4",
            "m=65536,t=3000,p=4",
            "m=262144,t=5,p=4",
            "m=65536,t=3",
            "m=65536,t=3,p=4,keyid=a",
            "m=-1,t=3,p=4",
            "t=3,m=65536,p=4",
            "m=8,t=3,p=4",
        ] {
            assert!(!of(costs), "{costs}");
        }
        for hash in [
            "",
            "$2b$12$abcdefghijklmnopqrstuu",
            "$argon2i$v=19$m=65536,t=3,p=4$epS3mS9pkvowzgJZIaZD1Q$x",
            &format!("$argon2id$v=19$m=65536,t=3,p=4${SALT}${OUTPUT}$"),
            &format!("$argon2id$v=19$m=65536,t=3,p=4${SALT}${OUTPUT}A"),
        ] {
            assert!(!is_verifiable(hash), "{hash}");
        }
    }

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
