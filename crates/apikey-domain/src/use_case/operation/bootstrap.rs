//! The first administrator of an empty installation.

use crate::{
    access::authority::Authority,
    error::Error,
    hex::encode_hex,
    identity::{
        password::PlainPassword,
        sign_in::Party,
        user::{NewUser, User, Username},
    },
    use_case::ports::IdentityPorts,
};
use zeroize::Zeroizing;

/// The username of the first administrator.
pub const USERNAME: &str = "admin";

/// Generates a password of 128 random bits that follows the rules of passwords.
///
/// # Errors
///
/// [`Error::Unavailable`] if the secret source fails.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::operation::bootstrap::random_password;
/// use apikey_testing::TestApp;
///
/// let password = random_password(&TestApp::new().identity).unwrap();
/// assert!(password.check_strength().is_ok());
/// ```
pub fn random_password(ports: &IdentityPorts) -> Result<PlainPassword, Error> {
    let mut bytes = Zeroizing::new([0; 16]);
    ports.secrets.fill(&mut *bytes)?;
    let hex = Zeroizing::new(encode_hex(&*bytes));
    Ok(PlainPassword::new(format!("Ak1_{}", *hex)))
}

/// Creates the user `admin` if there are no users. Returns `None` otherwise, or
/// if another node was first.
///
/// # Errors
///
/// [`Error::Invalid`] if the password is too weak; the errors of the ports.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::operation::bootstrap::{first_administrator, random_password};
/// use apikey_testing::TestApp;
///
/// # futures_executor::block_on(async {
/// let ports = TestApp::new().identity;
/// let password = random_password(&ports).unwrap();
/// let admin = first_administrator(&ports, password).await.unwrap().unwrap();
/// assert!(admin.is_admin);
/// let password = random_password(&ports).unwrap();
/// assert!(first_administrator(&ports, password).await.unwrap().is_none());
/// # });
/// ```
pub async fn first_administrator(
    ports: &IdentityPorts,
    password: PlainPassword,
) -> Result<Option<User>, Error> {
    let password = password.prepare_new()?;
    if ports.directory.has_users().await? {
        return Ok(None);
    }
    let hasher = &ports.password_hasher;
    let new = NewUser {
        username: Username::parse(USERNAME)?,
        full_name: None,
        password_hash: hasher.hash(password, Party::SERVICE).await?,
        is_admin: true,
        is_active: true,
        is_system: false,
        require_password_change: false,
        created_at: ports.clock.now(),
    };
    let by = Authority::service(new.created_at);
    Ok(ports.directory.create_first_user(by, new).await?)
}
