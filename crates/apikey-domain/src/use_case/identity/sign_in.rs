//! Authentication with a username and a password.

use crate::{
    access::tenant::Caller,
    error::Error,
    identity::{
        password::PlainPassword,
        sign_in::Address,
        user::{UserCredential, Username},
    },
    port::clock::judging_now,
    use_case::{
        identity::password_check::{self, Given, Purpose},
        ports::IdentityPorts,
    },
};
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The maximum length of a username in bytes.
const LONGEST_NAME: usize = 4 * Username::LONGEST;

/// A username that someone tries. One that no user can have is replaced by the empty
/// text, which nobody has: a store never receives NUL, and nothing is done with a text
/// of unbounded length.
struct Name<'a> {
    typed: &'a str,
    /// Normalization Form C, in which new names are stored, if that is another.
    composed: Option<String>,
}

/// Signs a user in with their password.
///
/// A success is cached for at most a minute. An unknown username takes as long as
/// a wrong password. Who is throttled is refused before anything is looked up or
/// hashed, whether or not there is such a user.
///
/// # Errors
///
/// [`Error::Throttled`] after too many failures for this username from this
/// network, or from this network; [`Error::Unauthenticated`]; [`Error::Deactivated`]
/// only with the right password; [`Error::Unavailable`] if too many passwords wait to
/// be hashed, or the clock is certainly wrong.
pub async fn with_password(
    ports: &IdentityPorts,
    username: &str,
    password: PlainPassword,
    address: Address,
) -> Result<Caller, Error> {
    let guard = &ports.sign_in_guard;
    let name = Name::typed(username);
    let pair = guard.pair(name.typed, address);
    let now = judging_now(&*ports.clock)?;
    // No password is that long, and a stranger must not make us hash it.
    if password.is_overlong() {
        let _charge = guard.throttle.admit(pair, 1, now)?;
        return Err(Error::Unauthenticated);
    }
    let known = guard.recent_successes.hash_of(name.typed, &password, now);
    if let Some(known) = known {
        let stored = find(ports, &name).await?;
        if let Some(stored) = stored.filter(|stored| stored.password_hash == known) {
            return Ok(Caller::with_password(&stored)?);
        }
    }
    guard.throttle.check(pair, now)?;
    let given = Given {
        username: name.typed,
        password,
        pair,
        party: guard.throttle.party(pair, now),
        purpose: Purpose::SignIn,
    };
    let stored = find(ports, &name).await?;
    let user = password_check::check(ports, given, stored).await?;
    let user = user.ok_or(Error::Unauthenticated)?;
    Ok(Caller::with_password(&user)?)
}

/// Finds the user with this name as it was typed, or as new names are stored.
async fn find(ports: &IdentityPorts, name: &Name<'_>) -> Result<Option<UserCredential>, Error> {
    let directory = &ports.directory;
    let found = directory.user_credential(name.typed).await?;
    match &name.composed {
        Some(composed) if found.is_none() => Ok(directory.user_credential(composed).await?),
        _ => Ok(found),
    }
}

// === impl Name ===

impl<'a> Name<'a> {
    fn typed(text: &'a str) -> Self {
        let is_possible = text.len() <= LONGEST_NAME && Username::stored(text).is_ok();
        let typed = if is_possible { text } else { "" };
        let composed = (!is_nfc(typed)).then(|| typed.nfc().collect());
        Self { typed, composed }
    }
}
