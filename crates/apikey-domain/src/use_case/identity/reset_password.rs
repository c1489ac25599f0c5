//! A new password for a user who cannot sign in, given by whoever runs the service.

use crate::{
    access::authority::Authority,
    error::{Error, Missing},
    identity::{
        password::{PasswordHash, PlainPassword},
        sign_in::Party,
        user::{User, UserChanges},
    },
    port::{
        clock::{Clock, judging_now},
        directory::Directory,
        password_hasher::PasswordHasher,
    },
};

/// Returns the hash of a new password.
///
/// # Errors
///
/// [`Error::Invalid`] for a weak password; the errors of the hasher.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::password::PlainPassword, use_case::identity::reset_password::hash_new,
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// assert!(hash_new(&*app.hasher, PlainPassword::new("N3w_password")).await.is_ok());
/// assert!(hash_new(&*app.hasher, PlainPassword::new("weak")).await.is_err());
/// # });
/// ```
pub async fn hash_new(
    hasher: &dyn PasswordHasher,
    password: PlainPassword,
) -> Result<PasswordHash, Error> {
    let password = password.prepare_new()?;
    Ok(hasher.hash(password, Party::SERVICE).await?)
}

/// Gives a user the password with this hash. It is a change by the service itself, and ends
/// what any new password ends: sign-ins with the old one, and the user's streams.
///
/// # Errors
///
/// [`Missing::User`] if no user has this name, as it is or composed; the errors of the
/// directory; [`Error::Unavailable`] if the clock is certainly wrong.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::password::PlainPassword,
///     use_case::identity::{reset_password::{hash_new, reset_password}, sign_in::with_password},
/// };
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// app.user("alice").await;
/// let new = || PlainPassword::new("N3w_password");
/// let hash = hash_new(&*app.hasher, new()).await.unwrap();
/// reset_password(&*app.memory, &*app.clock, "alice", hash).await.unwrap();
/// assert!(with_password(&app.identity, "alice", new(), None).await.is_ok());
/// # });
/// ```
pub async fn reset_password(
    directory: &dyn Directory,
    clock: &dyn Clock,
    username: &str,
    hash: PasswordHash,
) -> Result<User, Error> {
    let stored = directory.user_credential(username).await?;
    let user = stored.ok_or(Missing::User)?.user;
    let changes = UserChanges {
        password_hash: Some(hash),
        ..UserChanges::default()
    };
    let by = Authority::service(judging_now(clock)?);
    let updated = directory.update_user(by, user.id, changes).await?;
    updated.ok_or(Missing::User.into())
}
