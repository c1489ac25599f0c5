//! Places of users in an order, and what of a row decides them.

use super::context::RowContext;
use apikey_domain::{
    error::PortError,
    identifier::UserId,
    identity::user_list::{UserOrder, UserPlace, UserSortValue},
    listing::UserSortField,
};
use diesel::prelude::Queryable;

/// The id of a user, and all values by which users can be sorted.
#[derive(Queryable)]
pub(crate) struct UserPlaceRow {
    pub(crate) id: i64,
    username: String,
    full_name: Option<String>,
    is_admin: bool,
    is_active: bool,
    created_at: i64,
    updated_at: i64,
}

/// What a column by which users can be sorted holds.
#[derive(Clone, Debug)]
pub(crate) enum UserSortColumn {
    Text(String),
    Number(i64),
    Flag(bool),
}

// === impl UserPlaceRow ===

impl UserPlaceRow {
    /// Returns the place in `order`.
    ///
    /// # Errors
    ///
    /// [`PortError::Corrupt`] if a value breaks the domain's rules.
    pub(crate) fn place(&self, order: &UserOrder) -> Result<UserPlace, PortError> {
        let fields = order.fields().iter();
        let values = fields.map(|(field, _)| self.value(*field));
        Ok(UserPlace {
            values: values.collect::<Result<_, _>>()?,
            id: UserId(self.id),
        })
    }

    fn value(&self, field: UserSortField) -> Result<UserSortValue, PortError> {
        let context = RowContext {
            table: "users",
            id: self.id,
        };
        let instant = |column| context.instant(column).map(UserSortValue::Instant);
        match field {
            UserSortField::Username => Ok(UserSortValue::Username(self.username.clone())),
            UserSortField::IsAdmin => Ok(UserSortValue::Flag(self.is_admin)),
            UserSortField::FullName => Ok(match &self.full_name {
                Some(name) => UserSortValue::FullName(name.clone()),
                None => UserSortValue::NoFullName,
            }),
            UserSortField::Source => Ok(UserSortValue::Source),
            UserSortField::IsActive => Ok(UserSortValue::Flag(self.is_active)),
            UserSortField::CreatedAt => instant(self.created_at),
            UserSortField::UpdatedAt => instant(self.updated_at),
        }
    }
}

/// Returns what the column of a value by which users are sorted holds; nothing of one that
/// all have.
pub(crate) fn user_sort_column(value: &UserSortValue) -> Option<UserSortColumn> {
    Some(match value {
        UserSortValue::Username(name) => UserSortColumn::Text(name.clone()),
        UserSortValue::Flag(flag) => UserSortColumn::Flag(*flag),
        // As the index has them: see `user_order`.
        UserSortValue::FullName(name) => UserSortColumn::Text(format!("0{name}")),
        UserSortValue::NoFullName => UserSortColumn::Text("1".to_owned()),
        UserSortValue::Source => return None,
        UserSortValue::Instant(instant) => UserSortColumn::Number(instant.microseconds()),
    })
}
