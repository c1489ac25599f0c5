//! What a subscriber watches, and by whose right.

use crate::{
    access::policy::ApiKeyFilter,
    identifier::{ApiKeyId, PrincipalId, UserId},
    identity::user_list::UserFilter,
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
pub struct Interest<F = ApiKeyFilter> {
    /// The keys to watch, or the users.
    pub filter: F,
    /// By whose right.
    pub holder: Holder,
}

/// What a subscriber wants to receive who watches users, and who they are.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     change::hub::UserInterest, identity::user_list::UserFilter, testing::fixture,
/// };
///
/// let holder = fixture::interest(1).holder;
/// let interest = UserInterest { filter: UserFilter::ALL, holder };
/// assert_eq!(interest.holder.user_id.0, 1);
/// ```
pub type UserInterest = Interest<UserFilter>;

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

/// What a subscriber watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Topic {
    /// Keys of a user and an owner principal, where `None` means any.
    Keys(Option<UserId>, Option<PrincipalId>),
    /// Users.
    Users,
}
