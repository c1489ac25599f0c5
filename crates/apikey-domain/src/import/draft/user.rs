//! Users.

use super::{
    text::{instants, name},
    types::{Draft, Drafted, UserDraft},
};
use crate::{
    identity::{
        password::PasswordHash,
        user::{FullName, Username},
    },
    import::{
        finding::{Effect, Findings, Outcome},
        source::{SourceRow, SourceUser},
        state::RowState,
    },
    key::digest::Argon2id,
    timestamp::Timestamp,
};

/// The hash of no password: nobody knows a text that has it.
///
/// # Example
///
/// ```
/// use apikey_domain::import::draft::NO_PASSWORD;
///
/// assert!(NO_PASSWORD.starts_with("$argon2id$"));
/// ```
pub const NO_PASSWORD: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

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
        if user.require_password_change {
            "new password"
        } else {
            ""
        },
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
}
