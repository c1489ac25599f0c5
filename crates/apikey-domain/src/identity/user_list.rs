//! Lists of users: which are asked for, and where each stands in their order.

use crate::{
    identifier::UserId,
    identity::user::{FullName, User},
    listing::{Piece, SearchTerm, SortOrder, UserSortField},
    timestamp::Timestamp,
};
use std::cmp::Ordering;

/// The sort order of a list of users.
///
/// # Example
///
/// ```
/// use apikey_domain::identity::user_list::UserOrder;
///
/// assert_eq!(UserOrder::parse("").unwrap(), UserOrder::parse("-created_at").unwrap());
/// ```
pub type UserOrder = SortOrder<UserSortField>;

/// Which users a list shows.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::{user::{FullName, User}, user_list::UserFilter}, listing::SearchTerm,
///     testing::fixture,
/// };
///
/// let user = User {
///     full_name: Some(FullName::parse("Ada Lovelace").unwrap()),
///     ..fixture::user(1, 11)
/// };
/// let search = SearchTerm::parse("LOVE").unwrap();
/// assert!(UserFilter { search }.admits(&user));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserFilter {
    /// Only those whose username or full name contains it.
    pub search: Option<SearchTerm>,
}

/// Where a user stands in an order: their values in the fields of the order, and their id.
/// Lists go on after a place, whether its user is still there or not.
///
/// # Example
///
/// ```
/// use apikey_domain::{identity::user_list::{UserOrder, UserPlace}, testing::fixture};
///
/// let order = UserOrder::parse("-is_admin").unwrap();
/// let place = |id| UserPlace::of(&fixture::user(id, 11), &order);
/// assert!(place(2).compare(&place(1), &order).is_lt());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPlace {
    /// The values, one for each field of the order.
    pub values: Vec<UserSortValue>,
    /// The id, which decides where all values are equal.
    pub id: UserId,
}

/// The value of a user in a field by which users can be sorted. What sorts first when it
/// ascends is less.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::user_list::UserSortValue, listing::UserSortField, testing::fixture,
/// };
///
/// let value = UserSortValue::of(&fixture::user(1, 11), UserSortField::FullName);
/// assert!(UserSortValue::FullName("Zoe".to_owned()) < value);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserSortValue {
    /// The username.
    Username(String),
    /// Whether they administer the platform, or may sign in.
    Flag(bool),
    /// The full name.
    FullName(String),
    /// That they have no full name.
    NoFullName,
    /// Where they come from.
    Source,
    /// The time of creation or of the last change.
    Instant(Timestamp),
}

/// The next users of a list, as many as fit a piece, and where the next batch begins.
///
/// # Example
///
/// ```
/// use apikey_domain::{
///     identity::user_list::{UserBatch, UserOrder, UserPlace}, listing::Piece,
///     testing::fixture,
/// };
///
/// let user = fixture::user(1, 11);
/// let next = Some(UserPlace::of(&user, &UserOrder::default()));
/// let batch = UserBatch { piece: Piece::of(vec![user]), next };
/// assert!(batch.piece.rest.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserBatch {
    /// The users of the batch.
    pub piece: Piece<User>,
    /// The place of the last user of the batch, as it was when the batch was found; `None`
    /// if no user comes after it.
    pub next: Option<UserPlace>,
}

// === impl UserFilter ===

impl UserFilter {
    /// The filter that shows all users.
    pub const ALL: Self = Self { search: None };

    /// Returns whether a list shows a user.
    pub fn admits(&self, user: &User) -> bool {
        let full_name = user.full_name.as_ref().map(FullName::as_str);
        self.search.as_ref().is_none_or(|term| {
            term.is_in(user.username.as_str()) || full_name.is_some_and(|name| term.is_in(name))
        })
    }

    /// Returns whether a watch shows a change: that of a user whom a list shows after it, or showed
    /// before.
    #[cfg(feature = "server")]
    pub fn concerns(&self, change: &crate::change::Transition<User>) -> bool {
        let sides = [change.before(), change.after()];
        sides.into_iter().flatten().any(|user| self.admits(user))
    }
}

// === impl UserPlace ===

impl UserPlace {
    /// Returns where `user` stands in `order`.
    pub fn of(user: &User, order: &UserOrder) -> Self {
        let fields = order.fields().iter();
        Self {
            values: fields
                .map(|(field, _)| UserSortValue::of(user, *field))
                .collect(),
            id: user.id,
        }
    }

    /// Compares this place with another one in `order`, which both are of: what comes
    /// first is less.
    pub fn compare(&self, other: &Self, order: &UserOrder) -> Ordering {
        let values = self.values.iter().zip(&other.values);
        let by_values = values
            .zip(order.fields())
            .map(|((one, other), (_, direction))| direction.of(one.cmp(other)))
            .find(|ordering| ordering.is_ne());
        by_values.unwrap_or_else(|| order.id_direction().of(self.id.cmp(&other.id)))
    }
}

// === impl UserSortValue ===

impl UserSortValue {
    /// Returns the value of `user` in `field`.
    pub fn of(user: &User, field: UserSortField) -> Self {
        match field {
            UserSortField::Username => Self::Username(user.username.as_str().to_owned()),
            UserSortField::IsAdmin => Self::Flag(user.is_admin),
            UserSortField::FullName => match &user.full_name {
                Some(name) => Self::FullName(name.as_str().to_owned()),
                None => Self::NoFullName,
            },
            UserSortField::Source => Self::Source,
            UserSortField::IsActive => Self::Flag(user.is_active),
            UserSortField::CreatedAt => Self::Instant(user.created_at),
            UserSortField::UpdatedAt => Self::Instant(user.updated_at),
        }
    }
}
