//! What may exist only once.

/// A unique constraint.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::error::Unique::AccessKey.to_string(), "access key");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unique {
    /// The name of a key, for its user in its owner principal.
    KeyName,
    /// The access key, on the platform.
    AccessKey,
    /// The username, on the platform.
    Username,
    /// What a username looks like, on the platform.
    LikeUsername,
    /// The short name of an organization, on the platform.
    Slug,
    /// The user, in an organization.
    Member,
}

impl std::fmt::Display for Unique {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::KeyName => "key name",
            Self::AccessKey => "access key",
            Self::Username => "username",
            Self::LikeUsername => "look of a username",
            Self::Slug => "slug",
            Self::Member => "member",
        })
    }
}
