//! Signing in with a password.

use crate::{
    access::tenant::Caller,
    error::Error,
    identity::{
        password::PlainPassword,
        sign_in::Address,
        user::{UserCredential, Username},
    },
    port::clock::judging_now,
    use_case::ports::IdentityPorts,
};

/// Signs a user in with their password.
///
/// A success is cached for at most a minute. An unknown username takes as long as
/// a wrong password.
///
/// # Errors
///
/// [`Error::Throttled`] after too many failures for this username from this
/// address; [`Error::Unauthenticated`]; [`Error::Deactivated`] only with the
/// right password; [`Error::Unavailable`] if the clock is certainly wrong.
pub async fn with_password(
    ports: &IdentityPorts,
    username: &str,
    password: PlainPassword,
    address: Address,
) -> Result<Caller, Error> {
    judging_now(&*ports.clock)?;
    // An invalid username belongs to no user. It is replaced by the empty text,
    // which is invalid too, so that a store never receives NUL and the guard
    // never keeps text of unbounded length.
    let username = match Username::parse(username) {
        Ok(_) => username,
        Err(_) => "",
    };
    let stored = ports.directory.user_credential(username).await?;
    if let Some(stored) = &stored
        && has_recent_success(ports, &password, stored)
    {
        return Ok(Caller::with_password(stored)?);
    }
    let guard = &ports.sign_in_guard;
    let _lock = guard.lock(username, address).await;
    // Meanwhile, another attempt may have succeeded or reached the limit.
    if let Some(stored) = &stored
        && has_recent_success(ports, &password, stored)
    {
        return Ok(Caller::with_password(stored)?);
    }
    guard.throttle.check(username, address, ports.clock.now())?;
    let is_right = verify(ports, password, stored.as_ref()).await?;
    match stored {
        Some(stored) if is_right => {
            guard.throttle.trust(username, address, ports.clock.now());
            Ok(Caller::with_password(&stored)?)
        }
        _ => {
            guard.throttle.record(username, address, ports.clock.now());
            Err(Error::Unauthenticated)
        }
    }
}

/// Returns whether `password` is the one of `stored`, and caches a success.
pub(crate) async fn verify(
    ports: &IdentityPorts,
    password: PlainPassword,
    stored: Option<&UserCredential>,
) -> Result<bool, Error> {
    // No password is that long, and a stranger must not make us hash it.
    if password.expose().len() > PlainPassword::LONGEST {
        return Ok(false);
    }
    let hash = stored.map(|stored| stored.password_hash.clone());
    let to_cache = PlainPassword::new(password.expose());
    let is_right = ports.password_hasher.verify(password, hash.clone()).await?;
    if let Some(hash) = hash
        && is_right
    {
        let now = ports.clock.now();
        let successes = &ports.sign_in_guard.recent_successes;
        successes.insert(&to_cache, hash, now);
    }
    Ok(is_right)
}

fn has_recent_success(
    ports: &IdentityPorts,
    password: &PlainPassword,
    stored: &UserCredential,
) -> bool {
    let now = ports.clock.now();
    let successes = &ports.sign_in_guard.recent_successes;
    successes.contains(password, &stored.password_hash, now)
}
