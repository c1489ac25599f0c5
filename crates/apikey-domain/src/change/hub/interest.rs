//! What a subscriber watches, and on whose right.

use crate::{
    access::policy::ApiKeyFilter,
    identifier::{ApiKeyId, PrincipalId, UserId},
};

/// What a subscriber wants to hear of, and who they are.
///
/// # Example
///
/// ```
/// let interest = apikey_domain::testing::fixture::interest(1);
/// assert_eq!(interest.holder.user_id.0, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Interest {
    /// Which keys.
    pub filter: ApiKeyFilter,
    /// On whose right.
    pub holder: Holder,
}

/// On whose right a subscription stands.
///
/// # Example
///
/// ```
/// let holder = apikey_domain::testing::fixture::interest(1).holder;
/// assert!(holder.key_id.is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// The user.
    pub user_id: UserId,
    /// The key they came with.
    pub key_id: Option<ApiKeyId>,
    /// The principal for which they act.
    pub principal_id: Option<PrincipalId>,
}
