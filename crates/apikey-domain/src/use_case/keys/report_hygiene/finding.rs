//! What a report found.

use crate::{
    identifier::{ApiKeyId, PrincipalId, UserId},
    key::{api_key::ApiKey, expiry::Expiry, key_name::KeyName, mask::Origin, status::Status},
    timestamp::Timestamp,
};

/// Which keys were found for one reason.
///
/// # Example
///
/// ```
/// use apikey_domain::use_case::keys::report_hygiene::Finding;
///
/// let nothing = Finding { is_complete: true, ..Finding::default() };
/// assert_eq!(nothing.count, 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// How many were found.
    pub count: u32,
    /// Whether these are all: otherwise there may be more than could be examined.
    pub is_complete: bool,
    /// The first ones, at most [`Finding::LISTED`].
    pub keys: Vec<ReportedKey>,
}

/// What a report says of a key.
///
/// # Example
///
/// ```
/// use apikey_domain::{testing::fixture, use_case::keys::report_hygiene::ReportedKey};
///
/// let reported = ReportedKey::of(&fixture::api_key(7, "ci"), fixture::instant());
/// assert_eq!(reported.name.as_str(), "ci");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its name.
    pub name: KeyName,
    /// The user it belongs to.
    pub user_id: UserId,
    /// The username of that user.
    pub user_name: String,
    /// The principal on whose behalf it acts.
    pub owner_principal_id: PrincipalId,
    /// What has become of it.
    pub status: Status,
    /// Who created the text of its active credential.
    pub origin: Origin,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Expiry,
    /// When it was last used; `None` if never.
    pub last_used_at: Option<Timestamp>,
    /// Since when it is disabled, if it is.
    pub disabled_at: Option<Timestamp>,
}

// === impl Finding ===

impl Finding {
    /// How many keys are listed at most.
    pub const LISTED: usize = 20;
    /// How many keys are examined at most. If they have long texts it may be fewer.
    pub const EXAMINED: u32 = 1_000;
    /// How many users are looked up at most.
    pub const OWNERS: usize = 100;
}

// === impl ReportedKey ===

impl ReportedKey {
    /// Returns what is said of a key at `now`.
    pub fn of(key: &ApiKey, now: Timestamp) -> Self {
        Self {
            id: key.id,
            name: key.name.clone(),
            user_id: key.user_id,
            user_name: key.user_name.clone(),
            owner_principal_id: key.owner_principal_id,
            status: key.status(now),
            origin: key.origin,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            disabled_at: key.disabled_at,
        }
    }
}
