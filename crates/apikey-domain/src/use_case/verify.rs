//! Deciding about a presented key.

use crate::{
    error::Error,
    port::{Ports, key_facts_source::Found},
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
    if freshness == Freshness::FromStore {
        let found = source.find_in_store(key.access_key()).await?;
        return Ok(match right(ports, &key, found.facts.as_ref()) {
            Some(facts) => decided(ports, facts, wanted),
            None => refused(ports, text, found.facts.is_some()),
        });
    }
    let at_hand = source.at_hand(key.access_key());
    if let Some(facts) = right(ports, &key, at_hand.as_ref()) {
        return Ok(decided(ports, facts, wanted));
    }
    if source.was_refused(&key) {
        return Ok(refused(ports, text, at_hand.is_some()));
    }
    let found = match at_hand {
        None => source.find(key.access_key()).await?,
        // The facts are known and the secret is wrong. Who presents it must not
        // learn that by the time it takes: look for a key that cannot be.
        Some(facts) => Found {
            facts: Some(facts),
            ..source.find(&key.absent_access_key()).await?
        },
    };
    Ok(match right(ports, &key, found.facts.as_ref()) {
        Some(facts) => decided(ports, facts, wanted),
        None => {
            source.remember_refused(&key, &found);
            refused(ports, text, found.facts.is_some())
        }
    })
}

/// The facts, if `key` is the right one for them. Takes the same time without
/// facts.
fn right<'f>(
    ports: &Ports,
    key: &PresentedKey<'_>,
    facts: Option<&'f Arc<KeyFacts>>,
) -> Option<&'f Arc<KeyFacts>> {
    let digest = facts.map(|facts| &facts.secret_digest);
    let is_right = ports.peppers.verify(key, digest);
    facts.filter(|_| is_right)
}

/// Decides about the right key, and takes note of its use when it is valid.
fn decided(ports: &Ports, facts: &Arc<KeyFacts>, wanted: Wanted<'_>) -> Decision {
    let as_of = ports.clock.now();
    let verdict = decide(facts, wanted, as_of);
    if verdict.is_valid() && facts.last_use.note(as_of) {
        ports.key_uses.note(facts.id, as_of);
    }
    Decision {
        verdict,
        facts: Some(Arc::clone(facts)),
        as_of,
    }
}

fn refused(ports: &Ports, text: &str, is_known: bool) -> Decision {
    let verdict = match is_known {
        _ if !is_well_formed(text) => Verdict::Malformed,
        true => Verdict::Mismatch,
        false => Verdict::Unknown,
    };
    Decision {
        verdict,
        facts: None,
        as_of: ports.clock.now(),
    }
}
