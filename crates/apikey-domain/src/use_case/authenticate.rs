//! Finding out who makes a request.

use crate::{
    error::Error,
    password::PlainPassword,
    port::Ports,
    sign_in::Address,
    tenant::{Caller, CallerKey},
    token::PresentedKey,
    user::{User, UserCredential, Username},
    verification::last_use::LastUse,
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
    ports: &Ports,
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
        return signed_in(&stored.user);
    }
    let guard = &ports.sign_in_guard;
    let _turn = guard.turn(username, address).await;
    // Another attempt may have succeeded, or failed once too often, meanwhile.
    if let Some(stored) = &stored
        && is_remembered(ports, &password, stored)
    {
        return signed_in(&stored.user);
    }
    guard.failures.check(username, address, ports.clock.now())?;
    let is_right = verify(ports, password, stored.as_ref()).await?;
    match stored {
        Some(stored) if is_right => {
            guard.failures.trust(username, address, ports.clock.now());
            signed_in(&stored.user)
        }
        _ => {
            guard.failures.record(username, address, ports.clock.now());
            Err(Error::Unauthenticated)
        }
    }
}

/// Finds the caller of a presented key.
///
/// # Errors
///
/// [`Error::Unauthenticated`] for a key that is unknown, wrong or expired, all
/// alike; [`Error::Deactivated`] only to who has the key.
pub async fn with_key(ports: &Ports, text: &str) -> Result<Caller, Error> {
    let presented = PresentedKey::parse(&ports.key_prefix, text);
    let stored = ports.api_keys.credential(presented.access_key()).await?;
    let digest = stored.as_ref().map(|stored| &stored.secret_digest);
    let is_right = ports.peppers.verify(&presented, digest);
    let Some(stored) = stored.filter(|_| is_right) else {
        return Err(Error::Unauthenticated);
    };
    let key = stored.api_key;
    if key.expires_at.has_passed(ports.clock.now()) {
        return Err(Error::Unauthenticated);
    }
    let mut caller = signed_in(&stored.user)?;
    caller.key = Some(CallerKey::of(key));
    Ok(caller)
}

/// Takes note of the use of a key that its caller may use so.
pub fn note_use(ports: &Ports, caller: &Caller) {
    let now = ports.clock.now();
    if let Some(key) = &caller.key
        && LastUse::new(key.last_used_at).note(now)
    {
        ports.key_uses.note(key.id, now);
    }
}

/// Whether `password` is the one of `stored`; a success is remembered.
pub(crate) async fn verify(
    ports: &Ports,
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
        let remembered = &ports.sign_in_guard.remembered;
        remembered.insert(&to_remember, hash, now);
    }
    Ok(is_right)
}

fn is_remembered(ports: &Ports, password: &PlainPassword, stored: &UserCredential) -> bool {
    let now = ports.clock.now();
    let remembered = &ports.sign_in_guard.remembered;
    remembered.contains(password, &stored.password_hash, now)
}

fn signed_in(user: &User) -> Result<Caller, Error> {
    if !user.is_active {
        return Err(Error::Deactivated);
    }
    Ok(Caller {
        user: user.clone(),
        key: None,
    })
}
