//! Deciding about a presented key.

use crate::{
    error::Error,
    port::{Ports, key_facts_source::Found},
    timestamp::Timestamp,
    token::{PresentedKey, is_well_formed},
    verification::{Decision, Verdict, Wanted, decide, facts::KeyFacts},
};
use std::sync::Arc;

/// How much the answer may rest on what is remembered.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::verify::Freshness;
///
/// assert_ne!(Freshness::Current, Freshness::FromStore);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// On anything that is known to be current.
    Current,
    /// On nothing: the store is asked.
    FromStore,
}

/// Decides whether the key `text` may do what is wanted.
///
/// A key that is not the right one costs the same whether it is malformed,
/// unknown or has a wrong secret: one look at what is remembered, and, when it
/// is met for the first time, one look into the store.
///
/// # Errors
///
/// [`Error::Unavailable`] when it cannot be known.
pub async fn verify(
    ports: &Ports,
    text: &str,
    wanted: Wanted<'_>,
    freshness: Freshness,
) -> Result<Decision, Error> {
    let key = PresentedKey::parse(&ports.key_prefix, text);
    let source = &ports.key_facts;
    let as_of = ports.clock.now();
    let mut found = Found::now(None);
    if freshness == Freshness::Current {
        found = source.at_hand(key.access_key());
        if let Some(facts) = right(ports, &key, &found) {
            return Ok(decided(ports, facts, wanted, as_of));
        }
        if source.was_refused(&key) {
            return Ok(refused(text, &found, as_of));
        }
    }
    match (freshness, &found.facts) {
        (Freshness::FromStore, _) => found = source.find_in_store(key.access_key()).await?,
        (Freshness::Current, None) => found = source.find(key.access_key()).await?,
        // The facts are known and the secret is wrong. Who presents it must not
        // learn that by the time it takes: look for a key that cannot be.
        (Freshness::Current, Some(_)) => {
            source.find(&key.absent_access_key()).await?;
        }
    }
    Ok(match right(ports, &key, &found) {
        Some(facts) => decided(ports, facts, wanted, as_of),
        None => {
            source.remember_refused(&key, &found);
            refused(text, &found, as_of)
        }
    })
}

/// The facts, if `key` is the right one for them. Takes the same time without
/// facts.
fn right<'f>(ports: &Ports, key: &PresentedKey<'_>, found: &'f Found) -> Option<&'f Arc<KeyFacts>> {
    let facts = found.facts.as_ref();
    let digest = facts.map(|facts| &facts.secret_digest);
    let is_right = ports.peppers.verify(key, digest);
    facts.filter(|_| is_right)
}

/// Decides about the right key, and takes note of its use when it is valid.
/// `as_of` is an instant before the facts were looked at; looking may have taken
/// a while, so expiry is compared with the clock once more.
fn decided(ports: &Ports, facts: &Arc<KeyFacts>, wanted: Wanted<'_>, as_of: Timestamp) -> Decision {
    let now = ports.clock.now();
    let verdict = decide(facts, wanted, now);
    if verdict.is_valid() && facts.last_use.note(now) {
        ports.key_uses.note(facts.id, now);
    }
    Decision {
        verdict,
        facts: Some(Arc::clone(facts)),
        as_of,
    }
}

fn refused(text: &str, found: &Found, as_of: Timestamp) -> Decision {
    let verdict = match found.facts {
        _ if !is_well_formed(text) => Verdict::Malformed,
        Some(_) => Verdict::Mismatch,
        None => Verdict::Unknown,
    };
    Decision {
        verdict,
        facts: None,
        as_of,
    }
}
