//! Users.

use crate::{
    identifier::{PrincipalId, UserId},
    identity::password::PasswordHash,
    invalid::Invalid,
    listing::Listed,
    name::{Joiners, new_name, plain_blanks},
    text,
    timestamp::Timestamp,
};

/// The name with which a user signs in, unique on the platform.
///
/// 1 to 255 characters, no colon (HTTP Basic could not carry it), no blank at an end or
/// other than the space, none of what cannot be seen, no combining mark at its
/// beginning, and at most 4 in a row; composed (NFC). One that is stored already need
/// only have the length and no colon, no control characters, and not only spaces.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::user::Username;
///
/// assert_eq!(Username::parse("alice").unwrap().as_str(), "alice");
/// assert!(Username::parse("a:b").is_err());
/// assert!(Username::parse("alice ").is_err());
/// assert!(Username::parse("alice a").is_ok());
/// assert!(Username::parse("alice\u{2009}a").is_err());
/// assert_eq!(Username::stored("alice ").unwrap().as_str(), "alice ");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

impl Username {
    /// The maximum length of a username in characters.
    pub const LONGEST: usize = 255;

    /// Parses a new username, and composes it.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `username` if `text` breaks a rule.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, Invalid> {
        let (text, longest) = (text.as_ref(), Self::LONGEST);
        let name = new_name("username", text, longest, Joiners::Refused)?;
        plain_blanks("username", &name)?;
        Self::without_colon(name)
    }

    /// Parses a username that is stored already, or that someone gives to sign in. It
    /// has 1 to 255 characters, no control characters, no colon, and not only spaces.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `username` if `text` breaks a rule.
    pub fn stored(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        text::label("username", &text, Self::LONGEST)?;
        Self::without_colon(text)
    }

    fn without_colon(text: String) -> Result<Self, Invalid> {
        if text.contains(':') {
            return Err(Invalid::new("username", "must not hold a colon"));
        }
        Ok(Self(text))
    }

    /// Returns the username as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The full name of a user: at most 255 characters, no control characters.
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
    /// Parses a full name; it may be empty.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `full_name` if `text` breaks a rule.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        if !text.is_empty() {
            text::label("full_name", &text, 255)?;
        }
        Ok(Self(text))
    }

    /// Returns the full name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A user, who can sign in.
///
/// # Example
///
/// ```
/// let alice = apikey_domain::testing::fixture::user(1, 11);
/// assert!(!alice.is_admin);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// The name with which they sign in.
    pub username: Username,
    /// Their full name.
    pub full_name: Option<FullName>,
    /// Whether they administer the platform.
    pub is_admin: bool,
    /// Whether they may sign in. The keys of an inactive user are refused.
    pub is_active: bool,
    /// Whether they are a service account of the platform. Set when the user is
    /// created and never changed.
    pub is_system: bool,
    /// Whether they must give themselves another password before they do anything else.
    /// Their keys go on working.
    pub require_password_change: bool,
    /// Their own principal.
    pub principal_id: PrincipalId,
    /// When they were created.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
}

impl Listed for User {
    type Id = UserId;

    fn id(&self) -> UserId {
        self.id
    }

    fn text_bytes(&self) -> usize {
        let full_name = self.full_name.as_ref();
        self.username.as_str().len() + full_name.map_or(0, |name| name.as_str().len())
    }
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
    /// Their full name.
    pub full_name: Option<FullName>,
    /// The hash of their password.
    pub password_hash: PasswordHash,
    /// Whether they administer the platform.
    pub is_admin: bool,
    /// Whether they may sign in.
    pub is_active: bool,
    /// Whether they are a service account of the platform.
    pub is_system: bool,
    /// Whether they must give themselves another password first.
    pub require_password_change: bool,
    /// When they are created.
    pub created_at: Timestamp,
}

/// Changes to a user; absent fields stay as they are.
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
    /// Whether they must give themselves another password from now on.
    pub require_password_change: Option<bool>,
}

impl UserChanges {
    /// Returns whether the changes revoke a right, even one that the user may not
    /// have had.
    pub fn is_revocation(&self) -> bool {
        self.is_admin == Some(false)
            || self.is_active == Some(false)
            || self.require_password_change == Some(true)
    }

    /// Returns the user after the changes, made at `now`. The time of an update
    /// never goes back, whatever the clocks of the nodes say; by one that is behind it moves, too.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::{identity::user::UserChanges, testing::fixture};
    ///
    /// let (before, now) = (fixture::user(1, 11), fixture::instant());
    /// let changes = UserChanges { is_admin: Some(true), ..UserChanges::default() };
    /// assert!(changes.applied_to(&before, now).is_admin);
    /// let earlier = now.plus_seconds(-60).unwrap();
    /// // By a clock that is behind, it is still seen that something was changed.
    /// let changed = UserChanges::default().applied_to(&before, earlier);
    /// assert!(changed.updated_at > before.updated_at);
    /// ```
    pub fn applied_to(&self, before: &User, now: Timestamp) -> User {
        let (username, full_name) = (self.username.as_ref(), self.full_name.as_ref());
        User {
            username: username.unwrap_or(&before.username).clone(),
            full_name: full_name.unwrap_or(&before.full_name).clone(),
            is_admin: self.is_admin.unwrap_or(before.is_admin),
            is_active: self.is_active.unwrap_or(before.is_active),
            require_password_change: self
                .require_password_change
                .unwrap_or(before.require_password_change),
            updated_at: now.of_change_after(before.updated_at),
            ..before.clone()
        }
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
