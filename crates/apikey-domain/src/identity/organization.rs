//! Organizations and their members.

use crate::{
    identifier::{PrincipalId, UserId},
    identity::user::{FullName, Username},
    invalid::Invalid,
    key::key_name::Description,
    listing::Listed,
    name::{Joiners, new_name},
    text,
    timestamp::Timestamp,
};

/// The name of an organization: 1 to 255 characters, no blank at an end, and none of
/// what cannot be seen; composed (NFC). One that is stored already may break the last
/// three rules.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::OrganizationName;
///
/// assert!(OrganizationName::parse("Acme").is_ok());
/// assert!(OrganizationName::parse("Acme ").is_err());
/// assert!(OrganizationName::stored("Acme ").is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganizationName(String);

impl OrganizationName {
    /// The maximum length of a name in characters.
    pub const LONGEST: usize = 255;

    /// Parses a new name, and composes it.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `name` if `text` breaks a rule.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, Invalid> {
        let (text, longest) = (text.as_ref(), Self::LONGEST);
        new_name("name", text, longest, Joiners::Refused).map(Self)
    }

    /// Parses a name that is stored already: 1 to 255 characters, no control
    /// characters, not only spaces.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `name` if `text` breaks a rule.
    pub fn stored(text: impl Into<String>) -> Result<Self, Invalid> {
        let text = text.into();
        text::label("name", &text, Self::LONGEST)?;
        Ok(Self(text))
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The short name of an organization, unique on the platform: 1 to 63
/// lowercase ASCII letters, digits and hyphens, starting with a letter or digit.
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
    /// Parses a slug.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `slug` if `text` breaks a rule.
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

    /// Returns the slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A group of users that owns keys, identified by the id of its principal.
///
/// # Example
///
/// ```
/// let acme = apikey_domain::testing::fixture::organization(40, "acme");
/// assert_eq!(acme.slug.as_str(), "acme");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The id of its principal.
    pub id: PrincipalId,
    /// Its name.
    pub name: OrganizationName,
    /// Its short name.
    pub slug: Slug,
    /// A free-text description.
    pub description: Option<Description>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Listed for Organization {
    type Id = PrincipalId;

    fn id(&self) -> PrincipalId {
        self.id
    }

    fn text_bytes(&self) -> usize {
        let description = self.description.as_ref();
        self.name.as_str().len()
            + self.slug.as_str().len()
            + description.map_or(0, |text| text.as_str().len())
    }
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
    /// Its name.
    pub name: OrganizationName,
    /// Its short name.
    pub slug: Slug,
    /// A free-text description.
    pub description: Option<Description>,
    /// When it is created.
    pub created_at: Timestamp,
}

/// Changes to an organization; absent fields stay as they are.
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

impl OrganizationChanges {
    /// Returns the organization after the changes, made at `now`. The time of an
    /// update never goes back, whatever the clocks of the nodes say.
    ///
    /// # Example
    ///
    /// ```
    /// use apikey_domain::{identity::organization::OrganizationChanges, testing::fixture};
    ///
    /// let before = fixture::organization(40, "acme");
    /// let earlier = fixture::instant().plus_seconds(-60).unwrap();
    /// let changed = OrganizationChanges::default().applied_to(&before, earlier);
    /// assert!(changed.updated_at > before.updated_at);
    /// ```
    pub fn applied_to(&self, before: &Organization, now: Timestamp) -> Organization {
        let description = self.description.as_ref();
        Organization {
            id: before.id,
            name: self.name.as_ref().unwrap_or(&before.name).clone(),
            slug: self.slug.as_ref().unwrap_or(&before.slug).clone(),
            description: description.unwrap_or(&before.description).clone(),
            created_at: before.created_at,
            updated_at: now.of_change_after(before.updated_at),
        }
    }
}

/// The role of a member in an organization.
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
    /// Manages members.
    Admin,
    /// Acts for the organization.
    User,
}

impl Role {
    /// Parses `admin` or `user`.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `role` if it is neither.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "admin" => Ok(Self::Admin),
            "user" => Ok(Self::User),
            _ => Err(Invalid::new("role", "must be 'admin' or 'user'")),
        }
    }

    /// Returns the name of the role.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
        }
    }
}

/// A user's membership in an organization.
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
    /// Their full name.
    pub full_name: Option<FullName>,
    /// Their role.
    pub role: Role,
    /// When they became a member.
    pub created_at: Timestamp,
}

impl Listed for Member {
    type Id = UserId;

    fn id(&self) -> UserId {
        self.user_id
    }

    fn text_bytes(&self) -> usize {
        let full_name = self.full_name.as_ref();
        self.username.as_str().len() + full_name.map_or(0, |name| name.as_str().len())
    }
}

/// A user's relation to a principal they want to act for.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::organization::Standing;
///
/// let stranger = Standing { is_organization: true, role: None };
/// assert!(stranger.role.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether the principal is an organization that exists.
    pub is_organization: bool,
    /// The user's role there, if they are a member.
    pub role: Option<Role>,
}
