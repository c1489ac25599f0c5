//! Finds a presented key and what is known of it.

use crate::{
    error::{Error, PortError},
    key::token::PresentedKey,
    port::{clock::judging_now, lease::LeaseState},
    timestamp::Timestamp,
    use_case::{
        keys::secret_check::{Asked, Presented, Renewal, check, is_still_right, takes_long},
        ports::VerifyPorts,
    },
    verification::{Basis, facts::KeyFacts},
};
use futures_util::FutureExt;
use std::sync::Arc;

/// What was found of a presented key.
pub(super) struct Found {
    pub(super) facts: Option<Arc<KeyFacts>>,
    pub(super) is_right: bool,
    pub(super) basis: Basis,
    /// The time to judge it by.
    pub(super) now: Timestamp,
}

/// Finds a presented key, in the cache or in the store, and checks its secret.
pub(super) async fn find(
    ports: &VerifyPorts,
    presented: &Presented<'_>,
    may_be_cached: bool,
) -> Result<Found, Error> {
    let (key, source) = (&presented.key, &ports.key_facts);
    let as_of = judging_now(&*ports.clock)?;
    // Read first: data that is read later can only be newer.
    let lease = ports.lease.state();
    let may_use_cache = may_be_cached && lease != LeaseState::Lapsed;
    let mut cached = None;
    if may_use_cache && let Some(facts) = source.cached(key.access_key()) {
        // A wrong secret for a cached key must be indistinguishable from one for a
        // key that is not cached, which only the store can refuse.
        let asked = Some(Asked::of_facts(&facts));
        let is_usable = lease == LeaseState::Held
            || check(ports, presented, asked, Renewal::Left)
                .await?
                .is_right;
        cached = is_usable.then_some(facts);
    }
    let is_stale = lease == LeaseState::Stale && cached.is_some();
    // Another use of it, on any node, may have made it one that is checked at once.
    let may_be_renewed = lease == LeaseState::Held
        && cached
            .as_ref()
            .is_some_and(|facts| takes_long(ports, key, &facts.secret_digest));
    let (facts, now) = match cached {
        Some(facts) if !may_be_renewed => (Some(facts), as_of),
        cached => {
            let loaded = match lease {
                LeaseState::Held if may_use_cache => source.load(key.access_key()).await,
                _ => source.load_uncached(key.access_key()).await,
            };
            let loaded = match (loaded, cached) {
                (Err(PortError::Unavailable(_)), Some(cached)) => Some(cached),
                (loaded, _) => loaded?,
            };
            // The lookup may have taken a while.
            (loaded, judging_now(&*ports.clock)?)
        }
    };
    let basis = Basis { as_of, is_stale };
    let renewal = match lease {
        LeaseState::Held => Renewal::Allowed,
        LeaseState::Stale | LeaseState::Lapsed => Renewal::Left,
    };
    let asked = facts.as_deref().map(Asked::of_facts);
    let answer = check(ports, presented, asked, renewal).await?;
    match facts {
        Some(before) if answer.is_old => {
            find_again(ports, key, before, basis, may_use_cache)
                .boxed()
                .await
        }
        facts => Ok(Found {
            facts,
            is_right: answer.is_right,
            basis,
            now,
        }),
    }
}

/// Finds the right key again, after a while in which its digest was computed or renewed. If
/// the store cannot be asked, what was found before still holds for that instant.
async fn find_again(
    ports: &VerifyPorts,
    key: &PresentedKey<'_>,
    before: Arc<KeyFacts>,
    basis: Basis,
    may_use_cache: bool,
) -> Result<Found, Error> {
    let as_of = judging_now(&*ports.clock)?;
    let loaded = if may_use_cache && ports.lease.state() == LeaseState::Held {
        ports.key_facts.load(key.access_key()).await
    } else {
        ports.key_facts.load_uncached(key.access_key()).await
    };
    let (facts, basis) = match loaded {
        Err(PortError::Unavailable(_)) => (Some(Arc::clone(&before)), basis),
        loaded => {
            let is_stale = false;
            (loaded?, Basis { as_of, is_stale })
        }
    };
    let facts = facts.filter(|facts| facts.id == before.id);
    let is_right = facts.as_ref().is_some_and(|facts| {
        is_still_right(ports, key, &before.secret_digest, &facts.secret_digest)
    });
    Ok(Found {
        facts,
        is_right,
        basis,
        now: judging_now(&*ports.clock)?,
    })
}
