//! Rows as a source has them.

use crate::identity::password::PasswordHash;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RowKind {
    /// A user.
    User,
    /// An organization.
    Organization,
    /// A user in an organization.
    Membership,
    /// A key.
    Key,
}

/// Names a row of a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId {
    /// What it is about.
    pub kind: RowKind,
    /// What the source calls it.
    pub text: String,
}

/// Names a source: what was imported is remembered under this name.
///
/// # Example
///
/// ```
/// use apikey_domain::import::source::SourceName;
///
/// assert_eq!(SourceName::parse("gpustack").unwrap().as_str(), "gpustack");
/// assert!(SourceName::parse("two words").is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceName(String);

/// What a row refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A row of the source, by its id.
    Row(i64),
    /// A user or an organization that is here, by the username or the slug.
    Name(String),
}

/// A list as a source has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// There is none.
    Null,
    /// What there is is no list of texts.
    Malformed,
    /// These.
    Texts(Vec<String>),
}

/// The digest of a secret as a source has it. It is redacted when printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceDigest(pub String);

/// A user as a source has them. Instants are microseconds since 1970.
#[derive(Clone, Debug)]
pub struct SourceUser {
    /// Their id.
    pub id: i64,
    /// Their username.
    pub username: Option<String>,
    /// Their full name.
    pub full_name: Option<String>,
    /// The hash of their password.
    pub password: Option<PasswordHash>,
    /// Whether they must choose another password.
    pub require_password_change: bool,
    /// Whether they administer everything.
    pub is_admin: bool,
    /// Whether they may sign in.
    pub is_active: bool,
    /// Who knows them, if that is not the source.
    pub known_by: Option<String>,
    /// When they were created.
    pub created_at: Option<i64>,
    /// When they last changed.
    pub updated_at: Option<i64>,
}

/// An organization as a source has it.
#[derive(Clone, Debug)]
pub struct SourceOrganization {
    /// Its id.
    pub id: i64,
    /// Its short name.
    pub slug: Option<String>,
    /// Its name for people.
    pub name: Option<String>,
    /// A free-text description.
    pub description: Option<String>,
    /// Whether somebody administers it.
    pub has_admin: bool,
    /// When it was created.
    pub created_at: Option<i64>,
    /// When it last changed.
    pub updated_at: Option<i64>,
}

/// A user in an organization, as a source has them.
#[derive(Clone, Debug)]
pub struct SourceMembership {
    /// The id of the organization.
    pub organization: i64,
    /// The id of the user.
    pub user: i64,
    /// Whether they administer it.
    pub is_admin: bool,
    /// The group through which they are in it, if they are not in it themselves.
    pub through: Option<i64>,
    /// Since when.
    pub created_at: Option<i64>,
}

/// A key as a source has it.
#[derive(Clone, Debug)]
pub struct SourceKey {
    /// What the source calls it: an id, or its access key.
    pub row: String,
    /// Its id, if the source gives ids.
    pub id: Option<i64>,
    /// Its name.
    pub name: Option<String>,
    /// A free-text description.
    pub description: Option<String>,
    /// Its public half.
    pub access_key: String,
    /// The digest of its secret.
    pub digest: SourceDigest,
    /// Its user.
    pub user: Reference,
    /// For whom it acts; `None` for everything that its user may.
    pub owner: Option<Reference>,
    /// What it may be used for.
    pub scope: Listed,
    /// Which models it may use.
    pub models: Listed,
    /// Whether somebody else than the service made its text.
    pub is_custom: bool,
    /// When it expires.
    pub expires_at: Option<i64>,
    /// When it was created.
    pub created_at: Option<i64>,
    /// When it last changed.
    pub updated_at: Option<i64>,
}

/// A row of a source.
#[derive(Clone, Debug)]
pub enum SourceRow {
    /// A user.
    User(SourceUser),
    /// An organization.
    Organization(SourceOrganization),
    /// A membership.
    Membership(SourceMembership),
    /// A key.
    Key(SourceKey),
    /// A row that was imported before, and that the source has no longer.
    Gone(RowId),
    /// A row that is never brought.
    LeftOut(RowId, String, LeftOut),
}

/// Why a row is never brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// It is deleted, though its row is still there.
    Deleted,
    /// It is a part of the source, and no user.
    System,
    /// It belongs to a part of the source.
    OfSystem,
    /// It is a group.
    Group,
    /// It refers to what there is not.
    Dangling,
    /// It is a membership without a role.
    NoRole,
    /// It cannot be read.
    Unreadable,
    /// There is one before it that says what it is about.
    Repeated,
}

// === impl RowKind ===

impl RowKind {
    /// All, those first that others refer to.
    pub const ALL: [Self; 4] = [Self::User, Self::Organization, Self::Membership, Self::Key];

    /// Returns the kind of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization => "organization",
            Self::Membership => "membership",
            Self::Key => "key",
        }
    }
}

// === impl RowId ===

impl RowId {
    /// Names a row with a number.
    pub fn numbered(kind: RowKind, id: i64) -> Self {
        let text = id.to_string();
        Self { kind, text }
    }

    /// Names the membership of a user in an organization.
    pub fn membership(organization: i64, user: i64) -> Self {
        Self {
            kind: RowKind::Membership,
            text: format!("{organization}/{user}"),
        }
    }

    /// Returns the organization and the user of a membership.
    pub fn as_membership(&self) -> Option<(i64, i64)> {
        let (organization, user) = self.text.split_once('/')?;
        Some((organization.parse().ok()?, user.parse().ok()?))
    }
}

// === impl SourceName ===

impl SourceName {
    /// Parses a name: 1 to 64 letters, digits, dots, hyphens and underscores.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let is_name = (1..=64).contains(&text.len()) && text.bytes().all(fits);
        is_name.then(|| Self(text.to_owned()))
    }

    /// Returns the name of a source that has none.
    pub fn unnamed() -> Self {
        Self("unnamed".to_owned())
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// === impl SourceDigest ===

impl std::fmt::Debug for SourceDigest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SourceDigest(redacted)")
    }
}

// === impl LeftOut ===

impl LeftOut {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Deleted,
        Self::System,
        Self::OfSystem,
        Self::Group,
        Self::Dangling,
        Self::NoRole,
        Self::Unreadable,
        Self::Repeated,
    ];

    /// Returns the reason, as a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "is deleted at the source",
            Self::System => "is a part of the source, and no user",
            Self::OfSystem => "belongs to a part of the source, or to what is deleted there",
            Self::Group => "is a group: its members become members of its organizations",
            Self::Dangling => "refers to what the source does not have",
            Self::NoRole => "has no role, without which nobody is a member there",
            Self::Unreadable => "holds what cannot be read",
            Self::Repeated => "is about a key of which a line before it is",
        }
    }
}

// === impl SourceRow ===

impl SourceRow {
    /// Returns what the source calls it.
    pub fn id(&self) -> RowId {
        match self {
            Self::User(user) => RowId::numbered(RowKind::User, user.id),
            Self::Organization(one) => RowId::numbered(RowKind::Organization, one.id),
            Self::Membership(one) => RowId::membership(one.organization, one.user),
            Self::Key(key) => RowId {
                kind: RowKind::Key,
                text: key.row.clone(),
            },
            Self::Gone(row) | Self::LeftOut(row, ..) => row.clone(),
        }
    }

    /// Returns when it was created, which tells it from a row of another source with the
    /// same id.
    pub fn created_at(&self) -> Option<i64> {
        match self {
            Self::User(user) => user.created_at,
            Self::Organization(organization) => organization.created_at,
            Self::Key(key) => key.created_at,
            Self::Membership(_) | Self::Gone(_) | Self::LeftOut(..) => None,
        }
    }

    /// Returns about how many bytes it has.
    pub fn bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let list = |list: &Listed| match list {
            Listed::Texts(texts) => texts.iter().map(|text| text.len() + 4).sum(),
            _ => 0,
        };
        512 + match self {
            Self::User(user) => text(&user.username) + text(&user.full_name),
            Self::Organization(one) => text(&one.slug) + text(&one.name) + text(&one.description),
            Self::Membership(_) | Self::Gone(_) | Self::LeftOut(..) => 0,
            Self::Key(key) => {
                text(&key.name)
                    + text(&key.description)
                    + key.access_key.len()
                    + key.digest.0.len()
                    + list(&key.scope)
                    + list(&key.models)
            }
        }
    }
}
