//! Deciding about a presented key.

use crate::{
    error::Error,
    port::Ports,
    token::{PresentedKey, is_well_formed},
    verification::{Decision, Verdict, Wanted, decide, facts::KeyFacts},
};

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
/// How long it takes depends on what is known of the key. Who answers a
/// stranger MUST give refused keys ([`Decision::facts`] absent) the same time
/// each.
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
    let facts = match freshness {
        Freshness::Current => match source.at_hand(key.access_key()) {
            None => source.find(key.access_key()).await?,
            at_hand => at_hand,
        },
        Freshness::FromStore => source.find_in_store(key.access_key()).await?,
    };
    let digest = facts.as_ref().map(|facts| &facts.secret_digest);
    let is_right = ports.peppers.verify(&key, digest);
    let verdict = match &facts {
        Some(facts) if is_right => judged(ports, facts, wanted),
        _ if !is_well_formed(text) => Verdict::Malformed,
        Some(_) => Verdict::Mismatch,
        None => Verdict::Unknown,
    };
    Ok(Decision {
        verdict,
        facts: facts.filter(|_| is_right),
        as_of,
    })
}

/// Decides about the right key, and takes note of its use when it is valid. To
/// find the facts may have taken a while, so expiry is compared with the clock
/// now.
fn judged(ports: &Ports, facts: &KeyFacts, wanted: Wanted<'_>) -> Verdict {
    let now = ports.clock.now();
    let verdict = decide(facts, wanted, now);
    if verdict.is_valid() && facts.last_use.note(now) {
        ports.key_uses.note(facts.id, now);
    }
    verdict
}
