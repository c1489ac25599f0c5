//! Signing in with a password.

use crate::{
    access::tenant::Caller,
    error::Error,
    identity::{
        password::PlainPassword,
        sign_in::Address,
        user::{UserCredential, Username},
    },
    use_case::ports::IdentityPorts,
};

/// Signs a user in with their password.
///
/// A success is remembered for a minute at most. An unknown username costs the
/// same as a wrong password.
///
/// # Errors
///
/// [`Error::Throttled`] after too many failures for this username from this
/// address; [`Error::Unauthenticated`]; [`Error::Deactivated`] only to who
/// knows the password.
pub async fn with_password(
    ports: &IdentityPorts,
    username: &str,
    password: PlainPassword,
    address: Address,
) -> Result<Caller, Error> {
    // What is no username is nobody's. The empty text, which is none either,
    // stands for it, so that a store never meets NUL and the guard never keeps
    // a text of any length.
    let username = match Username::parse(username) {
        Ok(_) => username,
        Err(_) => "",
    };
    let stored = ports.directory.user_credential(username).await?;
    if let Some(stored) = &stored
        && is_remembered(ports, &password, stored)
    {
        return Caller::signed_in(&stored.user);
    }
    let guard = &ports.sign_in_guard;
    let _turn = guard.turn(username, address).await;
    // Another attempt may have succeeded, or failed once too often, meanwhile.
    if let Some(stored) = &stored
        && is_remembered(ports, &password, stored)
    {
        return Caller::signed_in(&stored.user);
    }
    guard.throttle.check(username, address, ports.clock.now())?;
    let is_right = verify(ports, password, stored.as_ref()).await?;
    match stored {
        Some(stored) if is_right => {
            guard.throttle.trust(username, address, ports.clock.now());
            Caller::signed_in(&stored.user)
        }
        _ => {
            guard.throttle.record(username, address, ports.clock.now());
            Err(Error::Unauthenticated)
        }
    }
}

/// Whether `password` is the one of `stored`; a success is remembered.
pub(crate) async fn verify(
    ports: &IdentityPorts,
    password: PlainPassword,
    stored: Option<&UserCredential>,
) -> Result<bool, Error> {
    // Nobody's password is that long, and hashing it would be work for a
    // stranger's sake.
    if password.expose().len() > PlainPassword::LONGEST {
        return Ok(false);
    }
    let hash = stored.map(|stored| stored.password_hash.clone());
    let to_remember = PlainPassword::new(password.expose());
    let is_right = ports.password_hasher.verify(password, hash.clone()).await?;
    if let Some(hash) = hash
        && is_right
    {
        let now = ports.clock.now();
        let remembered = &ports.sign_in_guard.recent_successes;
        remembered.insert(&to_remember, hash, now);
    }
    Ok(is_right)
}

fn is_remembered(ports: &IdentityPorts, password: &PlainPassword, stored: &UserCredential) -> bool {
    let now = ports.clock.now();
    let remembered = &ports.sign_in_guard.recent_successes;
    remembered.contains(password, &stored.password_hash, now)
}
