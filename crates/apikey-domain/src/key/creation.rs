//! The order in which keys were created.

use crate::{identifier::ApiKeyId, key::api_key::ApiKey, timestamp::Timestamp};

/// When a key was created, and its id: the place of the key among all others, which
/// never changes.
///
/// # Example
///
/// ```
/// use apikey_domain::{key::creation::Creation, testing::fixture};
///
/// let key = fixture::api_key(7, "ci");
/// assert!(Creation::FIRST < Creation::of(&key));
/// assert!(Creation::of(&key) < Creation::of(&fixture::api_key(8, "cd")));
/// assert!(Creation::of(&key) < Creation::LAST);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Creation {
    /// When the key was created.
    pub at: Timestamp,
    /// Its id.
    pub id: ApiKeyId,
}

impl Creation {
    /// Comes before every key.
    pub const FIRST: Self = Self {
        at: Timestamp::MIN,
        id: ApiKeyId(i64::MIN),
    };
    /// Comes after every key.
    pub const LAST: Self = Self {
        at: Timestamp::MAX,
        id: ApiKeyId(i64::MAX),
    };

    /// Returns the place of `key`.
    pub fn of(key: &ApiKey) -> Self {
        Self {
            at: key.created_at,
            id: key.id,
        }
    }
}
