//! Verifying a presented key.

mod finding;

use super::secret_check::{Asked, Presented, Renewal, check};
use crate::{
    error::Error,
    identifier::ApiKeyId,
    identity::sign_in::Network,
    key::{
        credential::CredentialNumber,
        token::{PresentedKey, is_well_formed},
    },
    port::{clock::judging_now, usage_recorder::record_use},
    timestamp::Timestamp,
    use_case::{keys::first_use, ports::VerifyPorts},
    verification::{
        Basis, Check, Decision, Reason, Refused, Verified, Wanted, decide, facts::KeyFacts,
    },
};
use finding::find;
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
    verify_from(ports, text, Network::UNKNOWN, wanted, freshness).await
}

/// Decides as [`verify`], for someone of a network: where many present keys whose digest
/// takes long to compute, networks take turns.
///
/// # Errors
///
/// As [`verify`]; also [`Error::Unavailable`] if too many such digests are to be computed.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::sign_in::Network,
///     use_case::keys::verify::{Freshness, verify_from}, verification::Wanted,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let (ports, any) = (TestApp::new().keys.verify, Wanted::whatever_scope());
/// let network = Network::of(Some("192.0.2.1".parse().unwrap()));
/// let unknown = "gpustack_0123456789abcdef_secret";
/// let decision = verify_from(&ports, unknown, network, any, Freshness::Current).await;
/// assert!(decision.unwrap().is_err());
/// # });
/// ```
pub async fn verify_from(
    ports: &VerifyPorts,
    text: &str,
    network: Network,
    wanted: Wanted<'_>,
    freshness: Freshness,
) -> Result<Decision, Error> {
    let presented = Presented {
        key: PresentedKey::parse(&ports.key_prefix, text),
        network,
    };
    let found = find(ports, &presented, freshness == Freshness::Current).await?;
    let (basis, now) = (found.basis, found.now);
    let pending = found.facts.as_ref().filter(|facts| {
        found.is_right && facts.credential().is_pending() && decide(facts, wanted, now).is_ok()
    });
    if let Some(pending) = pending {
        let (id, number) = (pending.id, pending.credential().number);
        return used_first(ports, &presented, (id, number), wanted).await;
    }
    Ok(match found.facts {
        Some(facts) if found.is_right => decided(ports, facts, wanted, now, basis),
        _ if !is_well_formed(text) => Err(Refused::unknown(Reason::Malformed, basis)),
        Some(_) => Err(Refused::unknown(Reason::Mismatch, basis)),
        None => Err(Refused::unknown(Reason::Unknown, basis)),
    })
}

/// Decides about a right key with a credential that waits for its first use, after it was
/// made the active one: with what the store holds then.
async fn used_first(
    ports: &VerifyPorts,
    presented: &Presented<'_>,
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
    let access_key = presented.key.access_key();
    let facts = ports.key_facts.load_uncached(access_key).await?;
    let facts = facts.filter(|facts| facts.id == id && !facts.credential().is_pending());
    let asked = facts.as_deref().map(Asked::of_facts);
    let answer = check(ports, presented, asked, Renewal::Left).await?;
    Ok(match facts {
        Some(facts) if answer.is_right => {
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
