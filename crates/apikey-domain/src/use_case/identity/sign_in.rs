//! Authentication with a username and a password.

use crate::{
    access::tenant::Caller,
    error::Error,
    identity::{password::PlainPassword, sign_in::Address, user::Username},
    port::clock::judging_now,
    use_case::{
        identity::password_check::{self, Given, Purpose},
        ports::IdentityPorts,
    },
};

/// The maximum length of a username in bytes.
const LONGEST_NAME: usize = 4 * Username::LONGEST;

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
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     Error, identity::password::PlainPassword, use_case::identity::sign_in::with_password,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let alice = app.user("alice").await;
/// let address = Some("192.0.2.1".parse().unwrap());
/// let right = PlainPassword::new("Passw0rd_1");
/// let caller = with_password(&app.identity, "alice", right, address).await.unwrap();
/// assert_eq!(*caller.user(), alice);
/// let wrong = PlainPassword::new("a guess");
/// let refused = with_password(&app.identity, "alice", wrong, address).await;
/// assert!(matches!(refused, Err(Error::Unauthenticated)));
/// # });
/// ```
pub async fn with_password(
    ports: &IdentityPorts,
    username: &str,
    password: PlainPassword,
    address: Address,
) -> Result<Caller, Error> {
    let guard = &ports.sign_in_guard;
    let username = possible(username);
    let pair = guard.pair(username, address);
    let now = judging_now(&*ports.clock)?;
    // No password is that long, and a stranger must not make us hash it.
    if password.is_overlong() {
        let _charge = guard.throttle.admit(pair, 1, now)?;
        return Err(Error::Unauthenticated);
    }
    let known = guard.recent_successes.hash_of(username, &password, now);
    if let Some(known) = known {
        let stored = ports.directory.user_credential(username).await?;
        if let Some(stored) = stored.filter(|stored| stored.password_hash == known) {
            return Ok(Caller::with_password(&stored)?);
        }
    }
    guard.throttle.check(pair, now)?;
    let given = Given {
        username,
        password,
        pair,
        party: guard.throttle.party(pair, now),
        purpose: Purpose::SignIn,
    };
    let stored = ports.directory.user_credential(username).await?;
    let user = password_check::check(ports, given, stored).await?;
    let user = user.ok_or(Error::Unauthenticated)?;
    Ok(Caller::with_password(&user)?)
}

/// Returns a username that someone tries, or, instead of one that no user can have, the
/// empty text, which nobody has: a store never receives NUL, and nothing is done with a
/// text of unbounded length.
fn possible(username: &str) -> &str {
    let is_possible = username.len() <= LONGEST_NAME && Username::stored(username).is_ok();
    if is_possible { username } else { "" }
}
