//! Keys.

use super::{
    text::{description as cut_description, instants, name},
    types::{Draft, Drafted, KeyDraft},
};
use crate::{
    gpustack::{AllowedModelNames, Scope, ScopeSet},
    import::{
        finding::{Effect, Findings, Outcome},
        source::{Listed, Reference, SourceDigest, SourceKey, SourceRow},
        state::RowState,
    },
    key::{
        digest::{ForeignDigest, StoredDigest},
        expiry::Expiry,
        key_name::KeyName,
        mask::Origin,
        token::{AccessKey, PresentedKey},
    },
    timestamp::Timestamp,
};

/// Returns the digest by which a key is verified that has a fast one, a slow one, or both.
/// Both are of the same secret.
///
/// # Example
///
/// ```
/// use apikey_domain::import::draft::digest_of_both;
///
/// let fast = format!("sha256$salt${}", "00".repeat(32));
/// let slow = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
/// assert_eq!(digest_of_both(Some(&fast), Some(slow)).0, fast);
/// assert_eq!(digest_of_both(None, Some(slow)).0, slow);
/// assert_eq!(digest_of_both(Some("sha256$"), Some(slow)).0, slow);
/// ```
pub fn digest_of_both(fast: Option<&str>, slow: Option<&str>) -> SourceDigest {
    let fast = fast.filter(|text| ForeignDigest::parse(text).is_ok());
    SourceDigest(fast.or(slow).unwrap_or_default().to_owned())
}

pub(super) fn draft(key: &SourceKey, now: Timestamp) -> Result<Drafted, Outcome> {
    let id = SourceRow::Key(key.clone()).id();
    let mut findings = Findings::of(id, key.name.as_deref().unwrap_or_default());
    if key.access_key.is_empty() {
        return Err(findings.skipped("it has no access key, so no key is found by it"));
    }
    if key.access_key.len() > PresentedKey::LONGEST || key.access_key.contains('\0') {
        return Err(findings.skipped("its access key is none that a key can have"));
    }
    let digest = match ForeignDigest::import(&key.digest.0) {
        Ok(digest) => StoredDigest::from(digest),
        Err(invalid) => return Err(findings.skipped(format!("its digest: {invalid}"))),
    };
    let scope = scope(&key.scope, &mut findings);
    let allowed_model_names = match models(&key.models) {
        Ok(models) => models,
        Err(reason) => return Err(findings.skipped(reason)),
    };
    let fallback = format!("key {}", key.row.chars().take(64).collect::<String>());
    let name = name("name", key.name.as_deref(), &[], &fallback, &mut findings);
    let names = names(&name, &key.row);
    if names.is_empty() {
        return Err(findings.skipped("its name cannot be stored"));
    }
    let origin = match key.is_custom {
        true => Origin::Custom,
        false => Origin::Generated,
    };
    if key.is_custom {
        // Of its text only a digest is known.
        findings.add(
            Effect::Noted,
            "is custom, and may be too short for new keys",
        );
    }
    let (created_at, updated_at) = instants((key.created_at, key.updated_at), now, &mut findings);
    let expires_at = expiry(key.expires_at, &mut findings);
    let text = key.description.as_deref().filter(|text| !text.is_empty());
    Ok(Drafted {
        state: state(key),
        created_at: key.created_at,
        draft: Draft::Key(Box::new(KeyDraft {
            id: key.id,
            names,
            description: cut_description(text, &mut findings),
            access_key: AccessKey::new(&*key.access_key),
            digest,
            user: key.user.clone(),
            owner: key.owner.clone(),
            scope,
            allowed_model_names,
            origin,
            expires_at,
            created_at,
            updated_at,
        })),
        findings,
    })
}

/// Returns what the row says. Its digest is not in it: another one of the same secret is no
/// change, and there is no other secret for an access key.
fn state(key: &SourceKey) -> RowState {
    let list = |list: &Listed| match list {
        Listed::Null => "-".to_owned(),
        Listed::Malformed => "?".to_owned(),
        Listed::Texts(texts) => {
            let texts = texts.iter().map(|text| format!("{}:{text}", text.len()));
            texts.collect::<String>()
        }
    };
    let holder = |reference: &Reference| match reference {
        Reference::Row(id) => id.to_string(),
        Reference::Name(name) => format!("={name}"),
    };
    let owner = key.owner.as_ref().map(holder).unwrap_or_default();
    let expires_at = key.expires_at.map(|at| at.to_string());
    RowState::of(
        &[
            key.name.as_deref().unwrap_or_default(),
            key.description.as_deref().unwrap_or_default(),
            &holder(&key.user),
            &owner,
            &list(&key.scope),
            &list(&key.models),
            &expires_at.unwrap_or_default(),
        ],
        &key.access_key,
    )
}

/// Returns what a key may be used for: never more than the source says.
fn scope(listed: &Listed, findings: &mut Findings) -> ScopeSet {
    let texts = match listed {
        Listed::Texts(texts) => texts.as_slice(),
        Listed::Null => &[],
        Listed::Malformed => {
            findings.add(Effect::Changed, "its scope is no list of texts: left out");
            &[]
        }
    };
    let mut scopes = ScopeSet::NONE;
    for text in texts {
        match Scope::parse(text) {
            Ok(scope) => scopes = scopes.with(scope),
            Err(_) => {
                let text: String = text.chars().take(64).collect();
                let reason = format!("its scope {text:?} is none here and left out");
                findings.add(Effect::Changed, reason);
            }
        }
    }
    if scopes == ScopeSet::NONE {
        findings.add(Effect::Noted, "it has no scope: it grants nothing");
    }
    scopes
}

/// Returns which models a key may use. A list that cannot be stored whole is not cut: a key
/// for one model less may stop somebody's work unseen, and an empty list would allow all.
fn models(listed: &Listed) -> Result<AllowedModelNames, String> {
    let names = match listed {
        Listed::Null => None,
        Listed::Malformed => return Err("its models are no list of texts".to_owned()),
        Listed::Texts(texts) => Some(texts.clone()),
    };
    AllowedModelNames::parse(names).map_err(|invalid| format!("its models: {invalid}"))
}

fn expiry(microseconds: Option<i64>, findings: &mut Findings) -> Expiry {
    let Some(microseconds) = microseconds else {
        return Expiry::NEVER;
    };
    match Timestamp::from_microseconds(microseconds) {
        Some(instant) => Expiry::at(instant),
        None if microseconds < 0 => Expiry::PASSED,
        None => {
            let reason = "it expires after the year 9999: it never expires here";
            findings.add(Effect::Changed, reason);
            Expiry::NEVER
        }
    }
}

/// Returns the names that a key may get, the best first.
fn names(name: &str, row: &str) -> Vec<KeyName> {
    let short: String = name.chars().take(KeyName::LONGEST - 70).collect();
    let row: String = row.chars().take(64).collect();
    let numbered = (2..=9).map(|number| format!("{short} ({number})"));
    let last = format!("{short} ({row})");
    let all = std::iter::once(name.to_owned())
        .chain(numbered)
        .chain([last]);
    all.filter_map(|name| KeyName::stored(name).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::source::RowId;

    fn findings() -> Findings {
        let kind = crate::import::source::RowKind::Key;
        Findings::of(RowId::numbered(kind, 7), "ci")
    }

    fn texts(texts: &[&str]) -> Listed {
        Listed::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn no_key_gets_a_scope_that_it_did_not_have() {
        let of = |listed: &Listed| scope(listed, &mut findings());
        let read = |names: &[&str]| ScopeSet::parse(names.iter().copied()).unwrap();
        assert_eq!(of(&texts(&["*"])), read(&["*"]));
        assert_eq!(of(&texts(&["inference", "x"])), read(&["inference"]));
        assert_eq!(of(&texts(&["*", "*"])), read(&["*"]));
        for empty in [Listed::Null, Listed::Malformed, texts(&[]), texts(&["x"])] {
            assert_eq!(of(&empty), ScopeSet::NONE);
        }
    }

    #[test]
    fn no_key_gets_a_model_that_it_did_not_have() {
        assert!(models(&Listed::Null).unwrap().allows("any"));
        assert!(models(&texts(&[])).unwrap().allows("any"));
        assert!(!models(&texts(&["a"])).unwrap().allows("any"));
        assert!(models(&texts(&["a", ""])).is_err());
        assert!(models(&Listed::Malformed).is_err());
        assert!(models(&texts(&["a"; 1_001])).is_err());
    }

    #[test]
    fn an_expiry_is_never_put_off() {
        let of = |at| expiry(at, &mut findings());
        assert_eq!(of(None), Expiry::NEVER);
        assert_eq!(of(Some(i64::MIN)), Expiry::PASSED);
        assert_eq!(of(Some(i64::MAX)), Expiry::NEVER);
        let instant = Timestamp::from_microseconds(7).unwrap();
        assert_eq!(of(Some(7)), Expiry::at(instant));
    }
}
