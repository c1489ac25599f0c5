//! Who made a change, and when.

use crate::{
    access::tenant::Caller,
    identifier::{ApiKeyId, UserId},
    timestamp::Timestamp,
};

/// Who made a change, and when.
///
/// # Example
///
/// ```
/// use apikey_domain::access::attribution::Attribution;
/// use apikey_domain::testing::fixture;
///
/// let attribution = Attribution::system(fixture::instant());
/// assert_eq!(attribution.user_id, None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The time of the change.
    pub at: Timestamp,
    /// The user; `None` for the service itself.
    pub user_id: Option<UserId>,
    /// The key they authenticated with, if any.
    pub key_id: Option<ApiKeyId>,
}

// === impl Attribution ===

impl Attribution {
    /// Attributes a change to the caller of a request.
    pub fn of(caller: &Caller, at: Timestamp) -> Self {
        Self {
            at,
            user_id: Some(caller.user.id),
            key_id: caller.key().map(|key| key.id),
        }
    }

    /// Attributes a change to the service itself.
    pub fn system(at: Timestamp) -> Self {
        Self {
            at,
            user_id: None,
            key_id: None,
        }
    }
}
