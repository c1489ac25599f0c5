//! Authenticating with a key.

use super::secret_check::{Asked, Presented, Renewal, check, is_still_right};
use crate::{
    access::tenant::{Caller, CallerKey},
    error::{Error, Forbidden},
    gpustack::Scope,
    identity::sign_in::Network,
    key::{api_key::StoredCredential, credential::Credential, status::Status, token::PresentedKey},
    port::{clock::judging_now, usage_recorder::record_use},
    timestamp::Timestamp,
    use_case::{
        keys::first_use,
        ports::{KeyPorts, VerifyPorts},
    },
    verification::last_use::LastUse,
};

/// Authenticates the caller with a presented key.
///
/// # Errors
///
/// [`Error::Unauthenticated`] for a key that is unknown, wrong, expired, disabled or
/// revoked, without distinction; [`Error::Deactivated`] only with the right key;
/// [`Error::Unavailable`] if the clock is certainly wrong.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     Error, port::api_key_repository::ApiKeyRepository, testing::fixture,
///     use_case::keys::authenticate::with_key,
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
/// let caller = with_key(&app.keys, "gpustack_0123456789abcdef_secret").await.unwrap();
/// assert_eq!(*caller.user(), alice);
/// let refused = with_key(&app.keys, "gpustack_0123456789abcdef_guess").await;
/// assert!(matches!(refused, Err(Error::Unauthenticated)));
/// # });
/// ```
pub async fn with_key(ports: &KeyPorts, text: &str) -> Result<Caller, Error> {
    with_key_from(ports, text, Network::UNKNOWN).await
}

/// Authenticates as [`with_key`] does, someone of a network: where many present keys whose
/// digest takes long to compute, networks take turns.
///
/// # Errors
///
/// As [`with_key`]; also [`Error::Unavailable`] if too many such digests are to be
/// computed.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     Error, identity::sign_in::Network, use_case::keys::authenticate::with_key_from,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let (app, nowhere) = (TestApp::new(), Network::UNKNOWN);
/// let refused = with_key_from(&app.keys, "gpustack_0123456789abcdef_guess", nowhere).await;
/// assert!(matches!(refused, Err(Error::Unauthenticated)));
/// # });
/// ```
pub async fn with_key_from(
    ports: &KeyPorts,
    text: &str,
    network: Network,
) -> Result<Caller, Error> {
    let began_at = judging_now(&*ports.verify.clock)?;
    let presented = Presented {
        key: PresentedKey::parse(&ports.verify.key_prefix, text),
        network,
    };
    let access_key = presented.key.access_key();
    let stored = ports.api_keys.credential(access_key).await?;
    let asked = stored.as_ref().map(Asked::of_stored);
    let answer = check(&ports.verify, &presented, asked, Renewal::Allowed).await?;
    let Some(mut stored) = stored.filter(|_| answer.is_right) else {
        return Err(Error::Unauthenticated);
    };
    if answer.is_old {
        let digest = stored.secret_digest.clone();
        stored = read_again(ports, &presented, &stored).await?;
        let now = &stored.secret_digest;
        if !is_still_right(&ports.verify, &presented.key, &digest, now) {
            return Err(Error::Unauthenticated);
        }
    }
    check_usable(&stored, now_or_later(ports, began_at)?)?;
    let is_pending = |one: &Credential| one.state.is_pending();
    if stored.rotated().is_some_and(is_pending) && stored.user.is_active {
        first_use::activate(&ports.verify, stored.api_key.id, stored.number).await?;
        stored = read_again(ports, &presented, &stored).await?;
        check_usable(&stored, now_or_later(ports, began_at)?)?;
    }
    let key = CallerKey::of(stored.api_key, stored.number);
    Ok(Caller::with_key(stored.user, key)?)
}

/// Reads what has become of a key.
async fn read_again(
    ports: &KeyPorts,
    presented: &Presented<'_>,
    before: &StoredCredential,
) -> Result<StoredCredential, Error> {
    let now = ports
        .api_keys
        .credential(presented.key.access_key())
        .await?;
    let now = now.filter(|now| now.api_key.id == before.api_key.id);
    now.ok_or(Error::Unauthenticated)
}

fn now_or_later(ports: &KeyPorts, began_at: Timestamp) -> Result<Timestamp, Error> {
    Ok(judging_now(&*ports.verify.clock)?.max(began_at))
}

/// Checks that the key may be used at `now`, with the credential that was presented.
fn check_usable(stored: &StoredCredential, now: Timestamp) -> Result<(), Error> {
    let has_ended = match stored.rotated() {
        Some(one) => !one.state.is_usable(now),
        // The key has had several, and does not know this one any more.
        None => !stored.api_key.rotated.is_empty(),
    };
    if has_ended || stored.api_key.status(now) != Status::Active {
        return Err(Error::Unauthenticated);
    }
    Ok(())
}

/// Admits a caller to the calls that manage keys and people, and records the use of the
/// key they came with. Each of those calls judges its caller by itself; this is for whoever
/// answers before the call is known.
///
/// # Errors
///
/// [`Forbidden::ManagementScope`] for a caller whose key does not grant it.
///
/// # Example
///
/// ```
/// use apikey_domain::{testing::fixture, use_case::keys::authenticate::admit};
/// use apikey_testing::TestApp;
///
/// let (verify, alice) = (TestApp::new().keys.verify, fixture::caller(1, 11));
/// let with_scope = |scope| fixture::with_key(alice.clone(), fixture::caller_key(11, &[scope]));
/// assert!(admit(&verify, &with_scope("management")).is_ok());
/// assert!(admit(&verify, &with_scope("inference")).is_err());
/// ```
pub fn admit(ports: &VerifyPorts, caller: &Caller) -> Result<(), Forbidden> {
    caller.require_scope(Scope::Management)?;
    let now = ports.clock.now();
    if let Some(key) = caller.key()
        && LastUse::new(key.last_used_at).record(now)
    {
        record_use(&*ports.usage, key.id, key.rotated, now);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        key::credential::{CredentialNumber, CredentialState},
        testing::fixture,
    };

    #[test]
    fn a_credential_that_the_key_does_not_know_is_refused() {
        let mut stored = fixture::stored_credential(7, "ci");
        let now = fixture::instant();
        assert!(check_usable(&stored, now).is_ok());
        let mut credentials = stored.api_key.credentials();
        for one in &mut credentials {
            one.number = CredentialNumber(3);
            one.state = CredentialState::Active;
        }
        stored.api_key.set_credentials(credentials);
        stored.number = CredentialNumber(2);
        let refused = check_usable(&stored, now);
        assert!(matches!(refused, Err(Error::Unauthenticated)));
    }
}
