//! The fields by which lists can be sorted.

/// A field by which a list can be sorted.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::{Sortable, UserSortField};
///
/// let (name, field) = UserSortField::FIELDS[0];
/// assert_eq!((name, field), ("username", UserSortField::Username));
/// ```
pub trait Sortable: Copy + std::fmt::Debug + PartialEq + Eq + Send + Sync + 'static {
    /// Every field with its name.
    const FIELDS: &'static [(&'static str, Self)];

    /// The fields that the error names.
    const NAMES_IN_ERROR: &'static str;

    /// The time of creation, by which a list is sorted unless it is asked for otherwise.
    const CREATION: Self;
}

/// The fields by which keys can be sorted.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::listing::SortField::ALL.len(), 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortField {
    /// The name, bytewise.
    Name,
    /// The expiry; a key that never expires sorts after every instant.
    ExpiresAt,
    /// The time of creation.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// The time of the last use, to the minute; a key that was never used sorts
    /// before every instant.
    LastUsedAt,
}

/// The fields by which users can be sorted.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::{Sortable, UserSortField};
///
/// assert_eq!(UserSortField::CREATION, UserSortField::CreatedAt);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserSortField {
    /// The username, bytewise.
    Username,
    /// Whether they administer the platform; who does not sorts first.
    IsAdmin,
    /// The full name, bytewise; a user without one sorts after every other.
    FullName,
    /// Where they come from: the same for all, as there are no others than those that are
    /// made here.
    Source,
    /// Whether they may sign in; who may not sorts first.
    IsActive,
    /// The time of creation.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
}

// === impl SortField ===

impl SortField {
    /// Every field with its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("name", Self::Name),
        ("expires_at", Self::ExpiresAt),
        ("created_at", Self::CreatedAt),
        ("updated_at", Self::UpdatedAt),
        ("last_used_at", Self::LastUsedAt),
    ];
}

impl Sortable for SortField {
    const FIELDS: &'static [(&'static str, Self)] = &Self::ALL;

    /// Its text is GPUStack's, which has no `last_used_at`; see "List" in `docs/api.md`.
    const NAMES_IN_ERROR: &'static str = "name, expires_at, created_at, updated_at";

    const CREATION: Self = Self::CreatedAt;
}

// === impl UserSortField ===

impl Sortable for UserSortField {
    const FIELDS: &'static [(&'static str, Self)] = &[
        ("username", Self::Username),
        ("is_admin", Self::IsAdmin),
        ("full_name", Self::FullName),
        ("source", Self::Source),
        ("is_active", Self::IsActive),
        ("created_at", Self::CreatedAt),
        ("updated_at", Self::UpdatedAt),
    ];

    const NAMES_IN_ERROR: &'static str =
        "username, is_admin, full_name, source, is_active, created_at, updated_at";

    const CREATION: Self = Self::CreatedAt;
}
