//! Those who sign in.

use crate::{
    identifier::{PrincipalId, UserId},
    identity::password::PasswordHash,
    invalid::Invalid,
    text,
    timestamp::Timestamp,
};

/// The name with which a user signs in, unique on the platform.
///
/// 1 to 255 characters, no control characters, not only spaces, no colon
/// (HTTP Basic could not carry it).
///
/// # Example
///
/// ```
/// use apikey_domain::identity::user::Username;
///
/// assert_eq!(Username::parse("alice").unwrap().as_str(), "alice");
/// assert!(Username::parse("a:b").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// Takes `text` as a username.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `username` when a rule is broken.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        text::label("username", &text, 255)?;
        if text.contains(':') {
            return Err(Invalid::new("username", "must not hold a colon"));
        }
        Ok(Self(text))
    }

    /// The username as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a user is called: at most 255 characters, no control characters.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::user::FullName;
///
/// assert_eq!(FullName::parse("Alice A.").unwrap().as_str(), "Alice A.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullName(String);

impl FullName {
    /// Takes `text` as a full name; the empty text is one.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `full_name` when a rule is broken.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if !text.is_empty() {
            text::label("full_name", &text, 255)?;
        }
        Ok(Self(text))
    }

    /// The full name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Someone who signs in.
///
/// # Example
///
/// ```
/// let alice = apikey_domain::testing::fixture::user(1, 11);
/// assert!(!alice.is_admin);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their number.
    pub id: UserId,
    /// The name with which they sign in.
    pub username: Username,
    /// What they are called.
    pub full_name: Option<FullName>,
    /// Whether they administer the platform.
    pub is_admin: bool,
    /// Whether they may sign in; their keys stop with them.
    pub is_active: bool,
    /// Whether they are a service account of the platform itself. Set when
    /// the user is created and never changed.
    pub is_system: bool,
    /// Their own principal.
    pub principal_id: PrincipalId,
    /// When they were created.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
}

/// A user to be stored.
///
/// # Example
///
/// ```
/// let new = apikey_domain::testing::fixture::new_user("alice");
/// assert_eq!(new.username.as_str(), "alice");
/// ```
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The name with which they sign in.
    pub username: Username,
    /// What they are called.
    pub full_name: Option<FullName>,
    /// The hash of their password.
    pub password_hash: PasswordHash,
    /// Whether they administer the platform.
    pub is_admin: bool,
    /// Whether they may sign in.
    pub is_active: bool,
    /// Whether they are a service account of the platform itself.
    pub is_system: bool,
    /// The instant of their creation.
    pub created_at: Timestamp,
}

/// What to change of a user; absent fields stay.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::user::UserChanges;
///
/// let deactivated = UserChanges { is_active: Some(false), ..UserChanges::default() };
/// assert!(deactivated.username.is_none());
/// assert!(deactivated.is_revocation());
/// ```
#[derive(Clone, Debug, Default)]
pub struct UserChanges {
    /// The new username.
    pub username: Option<Username>,
    /// The new full name, or `Some(None)` to remove it.
    pub full_name: Option<Option<FullName>>,
    /// The hash of the new password.
    pub password_hash: Option<PasswordHash>,
    /// Whether they administer the platform from now on.
    pub is_admin: Option<bool>,
    /// Whether they may sign in from now on.
    pub is_active: Option<bool>,
}

impl UserChanges {
    /// Whether they are to leave the user without a right, which the user may not
    /// have had.
    pub fn is_revocation(&self) -> bool {
        self.is_admin == Some(false) || self.is_active == Some(false)
    }
}

/// A user with the hash of their password.
///
/// # Example
///
/// ```
/// let stored = apikey_domain::testing::fixture::user_credential(1, 11);
/// assert_eq!(stored.user.id.0, 1);
/// ```
#[derive(Clone, Debug)]
pub struct UserCredential {
    /// The user.
    pub user: User,
    /// The hash of their password.
    pub password_hash: PasswordHash,
}
