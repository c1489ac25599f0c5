//! Verifying a presented key.

use crate::{
    error::Error,
    identifier::ApiKeyId,
    key::{
        credential::CredentialNumber,
        token::{PresentedKey, is_well_formed},
    },
    port::{clock::judging_now, lease::LeaseState, usage_recorder::record_use},
    timestamp::Timestamp,
    use_case::{keys::first_use, ports::VerifyPorts},
    verification::{
        Basis, Check, Decision, Reason, Refused, Verified, Wanted, decide, facts::KeyFacts,
    },
};
use std::sync::Arc;

/// Whether a verification may use cached data.
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
    /// It may use cached data that is current.
    Current,
    /// It must read the store.
    FromStore,
}

/// Decides whether the key `text` may be used as wanted.
///
/// The time it takes depends on whether the key exists and is cached. Callers
/// that respond to untrusted clients MUST respond to all refused texts that are no key
/// (those with [`Refused::key`] absent) in the same time.
///
/// # Errors
///
/// [`Error::Unavailable`] if the store has to be read and is unavailable, or the clock is
/// certainly wrong.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     gpustack::Scope, port::api_key_repository::ApiKeyRepository, testing::fixture,
///     use_case::keys::verify::{Freshness, verify}, verification::{Reason, Wanted},
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let mut new = fixture::new_api_key("ci", "0123456789abcdef");
/// (new.user_id, new.owner_principal_id) = (alice.id, alice.principal_id);
/// app.memory.create(fixture::by_service(), new).await.unwrap();
///
/// let (ports, wanted) = (&app.keys.verify, Wanted::scope(Scope::Inference));
/// let right = "gpustack_0123456789abcdef_secret";
/// let decision = verify(ports, right, wanted, Freshness::Current).await.unwrap();
/// assert_eq!(decision.unwrap().facts().owner.user_id, alice.id);
/// let wrong = "gpustack_0123456789abcdef_guess";
/// let decision = verify(ports, wrong, wanted, Freshness::Current).await.unwrap();
/// assert_eq!(decision.unwrap_err().reason(), Reason::Mismatch);
/// # });
/// ```
pub async fn verify(
    ports: &VerifyPorts,
    text: &str,
    wanted: Wanted<'_>,
    freshness: Freshness,
) -> Result<Decision, Error> {
    let key = PresentedKey::parse(&ports.key_prefix, text);
    let source = &ports.key_facts;
    let as_of = judging_now(&*ports.clock)?;
    // Read first: data that is read later can only be newer.
    let lease = ports.lease.state();
    let may_use_cache = freshness == Freshness::Current && lease != LeaseState::Lapsed;
    let cached = if may_use_cache {
        source.cached(key.access_key())
    } else {
        None
    };
    // A wrong secret for a cached key must be indistinguishable from one for a
    // key that is not cached, which only the store can refuse.
    let cached = cached.filter(|facts| {
        lease == LeaseState::Held || ports.peppers.verify(&key, Some(&facts.secret_digest))
    });
    let is_stale = lease == LeaseState::Stale && cached.is_some();
    let (facts, now) = match cached {
        Some(facts) => (Some(facts), as_of),
        None => {
            let loaded = match lease {
                LeaseState::Held if may_use_cache => source.load(key.access_key()).await?,
                _ => source.load_uncached(key.access_key()).await?,
            };
            // The lookup may have taken a while.
            (loaded, judging_now(&*ports.clock)?)
        }
    };
    let digest = facts.as_ref().map(|facts| &facts.secret_digest);
    let is_right = ports.peppers.verify(&key, digest);
    let basis = Basis { as_of, is_stale };
    let pending = facts.as_ref().filter(|facts| {
        is_right && facts.credential().is_pending() && decide(facts, wanted, now).is_ok()
    });
    if let Some(pending) = pending {
        let (id, number) = (pending.id, pending.credential().number);
        return used_first(ports, &key, (id, number), wanted).await;
    }
    Ok(match facts {
        Some(facts) if is_right => decided(ports, facts, wanted, now, basis),
        _ if !is_well_formed(text) => Err(Refused::unknown(Reason::Malformed, basis)),
        Some(_) => Err(Refused::unknown(Reason::Mismatch, basis)),
        None => Err(Refused::unknown(Reason::Unknown, basis)),
    })
}

/// Decides about a right key with a credential that waits for its first use, after it was
/// made the active one: with what the store holds then.
async fn used_first(
    ports: &VerifyPorts,
    key: &PresentedKey<'_>,
    (id, number): (ApiKeyId, CredentialNumber),
    wanted: Wanted<'_>,
) -> Result<Decision, Error> {
    match first_use::activate(ports, id, number).await {
        // What has become of it is read below.
        Ok(()) | Err(Error::Unauthenticated) => {}
        Err(error) => return Err(error),
    }
    let as_of = judging_now(&*ports.clock)?;
    let basis = Basis {
        as_of,
        is_stale: false,
    };
    let facts = ports.key_facts.load_uncached(key.access_key()).await?;
    let facts = facts.filter(|facts| facts.id == id && !facts.credential().is_pending());
    let digest = facts.as_ref().map(|facts| &facts.secret_digest);
    let is_right = ports.peppers.verify(key, digest);
    Ok(match facts {
        Some(facts) if is_right => {
            let now = judging_now(&*ports.clock)?;
            decided(ports, facts, wanted, now, basis)
        }
        _ => Err(Refused::unknown(Reason::Unknown, basis)),
    })
}

/// Decides about the right key at `now`, after its facts were loaded, and records
/// its use if it is valid.
fn decided(
    ports: &VerifyPorts,
    facts: Arc<KeyFacts>,
    wanted: Wanted<'_>,
    now: Timestamp,
    basis: Basis,
) -> Decision {
    if let Some(check) = Check::first_failed(&facts, wanted, now) {
        let lacking = wanted.wanted_scopes().lacking_in(facts.scope);
        let lacking = lacking.filter(|_| check == Check::Scope);
        return Err(Refused::known(facts, check, lacking, basis));
    }
    if facts.last_use.record(now) {
        record_use(
            &*ports.usage,
            facts.id,
            facts.credential.as_deref().copied(),
            now,
        );
    }
    Ok(Verified::new(facts, basis))
}
