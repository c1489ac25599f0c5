//! Deciding about a presented key.

use crate::{
    error::Error,
    key::token::{PresentedKey, is_well_formed},
    port::lease::LeaseState,
    timestamp::Timestamp,
    use_case::ports::VerifyPorts,
    verification::{Decision, Verdict, Wanted, decide, facts::KeyFacts},
};

/// How much the answer may rest on what is remembered.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::keys::verify::Freshness;
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
    ports: &VerifyPorts,
    text: &str,
    wanted: Wanted<'_>,
    freshness: Freshness,
) -> Result<Decision, Error> {
    let key = PresentedKey::parse(&ports.key_prefix, text);
    let source = &ports.key_facts;
    let as_of = ports.clock.now();
    // Before anything is looked at: what is looked at later is only newer.
    let lease = ports.lease.state();
    let may_recall = freshness == Freshness::Current && lease != LeaseState::Lapsed;
    let cached = if may_recall {
        source.cached(key.access_key())
    } else {
        None
    };
    // A wrong key that is cached must not be told from one that is not, which
    // only the store can refuse.
    let cached = cached.filter(|facts| {
        lease == LeaseState::Held || ports.peppers.verify(&key, Some(&facts.secret_digest))
    });
    let is_stale = lease == LeaseState::Stale && cached.is_some();
    let (facts, now) = match cached {
        Some(facts) => (Some(facts), as_of),
        None => {
            let found = match lease {
                LeaseState::Held if may_recall => source.load(key.access_key()).await?,
                _ => source.load_uncached(key.access_key()).await?,
            };
            // To look may have taken a while.
            (found, ports.clock.now())
        }
    };
    let digest = facts.as_ref().map(|facts| &facts.secret_digest);
    let is_right = ports.peppers.verify(&key, digest);
    let verdict = match &facts {
        Some(facts) if is_right => judged(ports, facts, wanted, now),
        _ if !is_well_formed(text) => Verdict::Malformed,
        Some(_) => Verdict::Mismatch,
        None => Verdict::Unknown,
    };
    Ok(Decision {
        verdict,
        facts: facts.filter(|_| is_right),
        as_of,
        is_stale,
    })
}

/// Decides about the right key at `now`, after its facts were found, and takes
/// note of its use when it is valid.
fn judged(ports: &VerifyPorts, facts: &KeyFacts, wanted: Wanted<'_>, now: Timestamp) -> Verdict {
    let verdict = decide(facts, wanted, now);
    if verdict.is_valid() && facts.last_use.note(now) {
        ports.usage.note(facts.id, now);
    }
    verdict
}
