//! Whether a presented key is the right one: the one place that compares it with what is
//! stored, for whatever it is presented.

use crate::{
    error::Error,
    identifier::UserId,
    identity::sign_in::Network,
    key::{
        api_key::StoredCredential,
        digest::{ForeignDigest, Peppers, SecretDigest, StoredDigest},
        token::PresentedKey,
    },
    port::slow_digests::KeyParty,
    use_case::ports::VerifyPorts,
    verification::{
        facts::KeyFacts,
        foreign_secrets::{Attempt, CredentialId},
        renewal_buffer::{DigestRenewal, RenewalOffer},
    },
};
use futures_util::FutureExt;
use std::sync::Arc;

/// A key that is presented.
pub(super) struct Presented<'a> {
    pub(super) key: PresentedKey<'a>,
    /// From where, as far as that is known.
    pub(super) network: Network,
}

/// What is stored of the credential whose key is said to be presented.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    id: CredentialId,
    user_id: UserId,
    digest: &'a StoredDigest,
    /// Whether its renewal was asked for, if that is remembered with it.
    offer: Option<&'a RenewalOffer>,
}

/// Whether a digest may be replaced by one under the current pepper.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Renewal {
    Allowed,
    Left,
}

/// What came of a check.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    /// Whether the presented key is the right one.
    pub(super) is_right: bool,
    /// Whether time has passed since the key was read, or its digest is another now: what
    /// was read is to be read again before it is relied on.
    pub(super) is_old: bool,
}

// === impl Asked ===

impl<'a> Asked<'a> {
    pub(super) fn of_facts(facts: &'a KeyFacts) -> Self {
        Self {
            id: (facts.id, facts.credential().number),
            user_id: facts.owner.user_id,
            digest: &facts.secret_digest,
            offer: Some(&facts.renewal),
        }
    }

    pub(super) fn of_stored(stored: &'a StoredCredential) -> Self {
        Self {
            id: (stored.api_key.id, stored.number),
            user_id: stored.user.id,
            digest: &stored.secret_digest,
            offer: None,
        }
    }
}

/// Checks a presented key against the digest of the credential that it names, if there is
/// one: a wrong one is final, there is no other digest to try. The first time that it is
/// right, a foreign digest is replaced by ours; the answer does not depend on whether that
/// succeeds. Whether the key has ended is not looked at: only who has the right secret
/// learns that.
///
/// With our digest, and for a key that does not exist, this takes the same time and does
/// not wait.
///
/// # Errors
///
/// [`Error::Unavailable`] if the digest takes long to compute, and there are too many such.
pub(super) async fn check(
    ports: &VerifyPorts,
    presented: &Presented<'_>,
    asked: Option<Asked<'_>>,
    renewal: Renewal,
) -> Result<Answer, Error> {
    let of_foreign = asked.and_then(|asked| Some((asked, asked.digest.foreign()?)));
    if let Some((asked, foreign)) = of_foreign {
        let checked = check_foreign(ports, presented, asked, foreign, renewal);
        return checked.boxed().await;
    }
    let keyed = asked.and_then(|asked| asked.digest.keyed());
    let peppers = ports.peppers.in_use();
    let is_right = peppers.verify(&presented.key, keyed);
    if is_right
        && renewal == Renewal::Allowed
        && let Some(asked) = asked
        && keyed.is_some_and(|keyed| peppers.is_outdated(keyed))
    {
        offer_renewal(ports, &presented.key, &peppers, asked);
    }
    Ok(Answer {
        is_right,
        is_old: false,
    })
}

/// Asks that a digest under an older pepper be replaced, which is done in the background.
#[cold]
fn offer_renewal(ports: &VerifyPorts, key: &PresentedKey<'_>, peppers: &Peppers, asked: Asked<'_>) {
    let Some(renewals) = &ports.renewals else {
        return;
    };
    let was_made = asked.offer.is_some_and(RenewalOffer::was_made);
    if was_made || renewals.is_done_with(asked.id) {
        return;
    }
    let (id, number) = asked.id;
    let renewal = DigestRenewal {
        id,
        number,
        old: asked.digest.clone(),
        new: peppers.digest(key),
    };
    if renewals.add(renewal)
        && let Some(offer) = asked.offer
    {
        offer.make();
    }
}

/// Returns whether a check would have to compute a slow digest.
pub(super) fn takes_long(
    ports: &VerifyPorts,
    key: &PresentedKey<'_>,
    digest: &StoredDigest,
) -> bool {
    let slow = digest.foreign().filter(|foreign| foreign.slow().is_some());
    slow.is_some_and(|slow| {
        let code = ports.peppers.in_use().code_of_attempt(key, slow);
        ports.foreign.known(&code).is_none()
    })
}

/// Returns whether a key that was right by `before` is the one whose digest is `now`.
pub(super) fn is_still_right(
    ports: &VerifyPorts,
    key: &PresentedKey<'_>,
    before: &StoredDigest,
    now: &StoredDigest,
) -> bool {
    let is_keyed_right = ports.peppers.in_use().verify(key, now.keyed());
    now == before || is_keyed_right
}

async fn check_foreign(
    ports: &VerifyPorts,
    presented: &Presented<'_>,
    asked: Asked<'_>,
    foreign: &Arc<ForeignDigest>,
    renewal: Renewal,
) -> Result<Answer, Error> {
    let key = &presented.key;
    let ours = ports.peppers.in_use().digest(key);
    let (is_right, was_computed) = match foreign.matches_at_once(key) {
        Some(is_right) => (is_right, false),
        None => is_right_slowly(ports, presented, asked, foreign).await?,
    };
    let is_renewed =
        is_right && renewal == Renewal::Allowed && renew(ports, asked.id, foreign, ours).await;
    Ok(Answer {
        is_right,
        is_old: is_right && (was_computed || is_renewed),
    })
}

/// Returns whether the key is the right one, and whether that was computed now.
async fn is_right_slowly(
    ports: &VerifyPorts,
    presented: &Presented<'_>,
    asked: Asked<'_>,
    digest: &Arc<ForeignDigest>,
) -> Result<(bool, bool), Error> {
    let key = &presented.key;
    let code = ports.peppers.in_use().code_of_attempt(key, digest);
    if let Some(known) = ports.foreign.known(&code) {
        return Ok((known, false));
    }
    let attempt = Attempt {
        code,
        digest,
        text: digest.hashed_text(key),
        credential: asked.id,
        party: KeyParty {
            network: presented.network,
            user_id: asked.user_id,
        },
    };
    Ok((ports.foreign.is_right(attempt).await?, true))
}

/// Replaces a foreign digest by ours, of the same key. Returns whether the store was asked
/// to: then it knows better than what was read before.
async fn renew(
    ports: &VerifyPorts,
    (id, number): CredentialId,
    old: &Arc<ForeignDigest>,
    new: SecretDigest,
) -> bool {
    let Some(api_keys) = &ports.first_uses else {
        return false;
    };
    let renewals = &ports.foreign.renewals;
    let Some(turn) = renewals.begin((id, number), ports.clock.now()) else {
        return false;
    };
    let renewal = DigestRenewal {
        id,
        number,
        old: StoredDigest::Foreign(Arc::clone(old)),
        new,
    };
    let renewed = api_keys.renew_digest(renewal).await;
    if renewed.is_err() {
        turn.fail(ports.clock.now());
    }
    renewed.is_ok()
}
