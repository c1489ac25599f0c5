//! The first administrator of an empty installation.

use crate::{
    change::attribution::Attribution,
    error::Error,
    hex::write_hex,
    identity::{
        password::PlainPassword,
        user::{NewUser, User, Username},
    },
    use_case::ports::IdentityPorts,
};
use zeroize::Zeroizing;

/// The username of the first administrator.
pub const USERNAME: &str = "admin";

/// Makes a password that keeps the rules of passwords: 128 random bits.
///
/// # Errors
///
/// [`Error::Unavailable`] when the secret source fails.
pub fn random_password(ports: &IdentityPorts) -> Result<PlainPassword, Error> {
    let mut bytes = Zeroizing::new([0; 16]);
    ports.secrets.fill(&mut *bytes)?;
    let hex = Zeroizing::new(write_hex(&*bytes));
    Ok(PlainPassword::new(format!("Ak1_{}", *hex)))
}

/// Creates the user `admin` when there is no user at all; `None` otherwise, or
/// when another node was first.
///
/// # Errors
///
/// [`Error::Invalid`] when the password is too weak; what the ports return.
pub async fn first_administrator(
    ports: &IdentityPorts,
    password: PlainPassword,
) -> Result<Option<User>, Error> {
    password.check_strength()?;
    if ports.directory.has_users().await? {
        return Ok(None);
    }
    let new = NewUser {
        username: Username::parse(USERNAME)?,
        full_name: None,
        password_hash: ports.password_hasher.hash(password).await?,
        is_admin: true,
        is_active: true,
        is_system: false,
        created_at: ports.clock.now(),
    };
    let by = Attribution::system(new.created_at);
    Ok(ports.directory.create_first_user(by, new).await?)
}
