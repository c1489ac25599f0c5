//! Organizations and who belongs to them.

use crate::{
    identifier::{PrincipalId, UserId},
    identity::user::{FullName, Username},
    invalid::Invalid,
    key::key_name::Description,
    text,
    timestamp::Timestamp,
};

/// What an organization is called: 1 to 255 characters, no control characters,
/// not only spaces.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::OrganizationName;
///
/// assert!(OrganizationName::parse("Acme").is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationName(String);

impl OrganizationName {
    /// Takes `text` as a name.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `name` when a rule is broken.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        text::label("name", &text, 255)?;
        Ok(Self(text))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The short name of an organization, unique on the platform: 1 to 63
/// lower-case ASCII letters, digits and hyphens, a letter or digit first.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::Slug;
///
/// assert!(Slug::parse("acme-1").is_ok());
/// assert!(Slug::parse("Acme").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slug(String);

impl Slug {
    /// Takes `text` as a slug.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `slug` when a rule is broken.
    pub fn parse(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        let fits = (1..=63).contains(&text.len())
            && !text.starts_with('-')
            && text
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if !fits {
            return Err(Invalid::new(
                "slug",
                "must have 1 to 63 lower-case letters, digits and hyphens, a letter or digit first",
            ));
        }
        Ok(Self(text))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A group of users that owns things, known by the id of its principal.
///
/// # Example
///
/// ```
/// let acme = apikey_domain::testing::fixture::organization(40, "acme");
/// assert_eq!(acme.slug.as_str(), "acme");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The number of its principal.
    pub id: PrincipalId,
    /// What it is called.
    pub name: OrganizationName,
    /// Its short name.
    pub slug: Slug,
    /// What it is for.
    pub description: Option<Description>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// An organization to be stored.
///
/// # Example
///
/// ```
/// let new = apikey_domain::testing::fixture::new_organization("acme");
/// assert_eq!(new.name.as_str(), "acme");
/// ```
#[derive(Clone, Debug)]
pub struct NewOrganization {
    /// What it is called.
    pub name: OrganizationName,
    /// Its short name.
    pub slug: Slug,
    /// What it is for.
    pub description: Option<Description>,
    /// The instant of its creation.
    pub created_at: Timestamp,
}

/// What to change of an organization; absent fields stay.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::OrganizationChanges;
///
/// assert!(OrganizationChanges::default().slug.is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct OrganizationChanges {
    /// The new name.
    pub name: Option<OrganizationName>,
    /// The new short name.
    pub slug: Option<Slug>,
    /// The new description, or `Some(None)` to remove it.
    pub description: Option<Option<Description>>,
}

/// What a member may do in an organization.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::Role;
///
/// assert_eq!(Role::parse("admin").unwrap(), Role::Admin);
/// assert_eq!(Role::User.as_str(), "user");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Manages the members.
    Admin,
    /// Acts in the organization.
    User,
}

impl Role {
    /// Reads `admin` or `user`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `role` when it is neither.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "admin" => Ok(Self::Admin),
            "user" => Ok(Self::User),
            _ => Err(Invalid::new("role", "must be 'admin' or 'user'")),
        }
    }

    /// The name of the role.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
        }
    }
}

/// One user in one organization.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::Role;
///
/// let member = apikey_domain::testing::fixture::member(1, Role::User);
/// assert_eq!(member.role, Role::User);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The user.
    pub user_id: UserId,
    /// The name with which they sign in.
    pub username: Username,
    /// What they are called.
    pub full_name: Option<FullName>,
    /// What they may do.
    pub role: Role,
    /// When they became a member.
    pub created_at: Timestamp,
}

/// How a user stands towards a principal they want to act for.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::Standing;
///
/// let stranger = Standing { is_organization: true, role: None };
/// assert!(stranger.role.is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether the principal is an organization that exists.
    pub is_organization: bool,
    /// The role of the user there, when they are a member.
    pub role: Option<Role>,
}
