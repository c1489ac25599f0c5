//! What a subscriber watches, and by whose right.

use crate::{
    access::policy::ApiKeyFilter,
    identifier::{ApiKeyId, PrincipalId, UserId},
};

/// What a subscriber wants to receive, and who they are.
///
/// # Example
///
/// ```
/// let interest = apikey_domain::testing::fixture::interest(1);
/// assert_eq!(interest.holder.user_id.0, 1);
/// ```
#[derive(Clone, Debug)]
pub struct Interest {
    /// The keys to watch.
    pub filter: ApiKeyFilter,
    /// By whose right.
    pub holder: Holder,
}

/// By whose right a subscription exists.
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
    /// The key they authenticated with.
    pub key_id: Option<ApiKeyId>,
    /// The principal they act for.
    pub principal_id: Option<PrincipalId>,
}

/// What a subscriber watches: the user and the owner principal of keys, where
/// `None` means any.
pub(super) type Topic = (Option<UserId>, Option<PrincipalId>);
