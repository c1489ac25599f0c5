//! Orders of users: by which columns a query sorts, and what comes after a place.

use super::backend::{Backend, FULL_NAME};
use crate::{
    rows::{UserSortColumn, user_sort_column},
    schema::stored_users,
};
use apikey_domain::{
    identity::user_list::{UserOrder, UserPlace},
    listing::{Direction, UserSortField},
};
use diesel::{
    BoolExpressionMethods, BoxableExpression,
    dsl::sql,
    sql_types::{BigInt, Bool, Text},
};

/// A condition on users.
pub(super) type Condition =
    Box<dyn BoxableExpression<stored_users::table, Backend, SqlType = Bool>>;

/// The columns of an order that make a difference.
pub(super) struct Sorting {
    /// Each with the number of its value in a place.
    columns: Vec<(&'static str, Direction, usize)>,
    id_direction: Direction,
}

// === impl Sorting ===

impl Sorting {
    pub(super) fn of(order: &UserOrder) -> Self {
        let mut sorting = Self {
            columns: Vec::new(),
            id_direction: order.id_direction(),
        };
        for (index, (field, direction)) in order.fields().iter().enumerate() {
            let Some(column) = column(*field) else {
                continue;
            };
            sorting.columns.push((column, *direction, index));
            if *field == UserSortField::Username {
                // No two users have the same one.
                sorting.id_direction = *direction;
                break;
            }
        }
        sorting
    }

    /// Returns whether an index has this order, forward or backward.
    pub(super) fn is_indexed(&self) -> bool {
        match self.columns.as_slice() {
            [] => true,
            [(_, direction, _)] => *direction == self.id_direction,
            _ => false,
        }
    }

    /// Returns the columns to sort by, with the id.
    pub(super) fn order_by(&self) -> String {
        self.order_within(0)
    }

    /// Returns the columns to sort those by that are the same in the first ones. SQLite does
    /// not see that these make no difference if they are expressions.
    fn order_within(&self, same: usize) -> String {
        let mut text = String::new();
        for (column, direction, _) in self.columns.iter().skip(same) {
            text.push_str(&format!("{column} {}, ", keyword(*direction)));
        }
        text.push_str(&format!("users.id {}", keyword(self.id_direction)));
        text
    }

    /// Returns the parts of the users after `place`, in their order, each as a condition and
    /// what to sort it by: those with all of its values, those with all but the last, and so
    /// on. In each a scan of the index of an order begins where it begins, however many users
    /// have the same value.
    pub(super) fn parts_after(&self, place: &UserPlace) -> Vec<(Condition, String)> {
        let values = |index: usize| place.values.get(index).and_then(user_sort_column);
        let mut parts = Vec::new();
        let mut same: Vec<(&str, UserSortColumn)> = Vec::new();
        for (column, direction, index) in &self.columns {
            let Some(value) = values(*index) else {
                continue;
            };
            let beyond = compared(column, sign(*direction), value.clone());
            parts.push((with_all(&same, beyond), self.order_within(same.len())));
            same.push((column, value));
        }
        let id = UserSortColumn::Number(place.id.0);
        let beyond = compared("users.id", sign(self.id_direction), id);
        parts.push((with_all(&same, beyond), self.order_within(same.len())));
        parts.reverse();
        parts
    }
}

/// Returns the column of a field, in the words of its index.
fn column(field: UserSortField) -> Option<&'static str> {
    match field {
        UserSortField::Username => Some("users.username"),
        UserSortField::IsAdmin => Some("users.is_admin"),
        UserSortField::FullName => Some(FULL_NAME),
        UserSortField::Source => None,
        UserSortField::IsActive => Some("users.is_active"),
        UserSortField::CreatedAt => Some("users.created_at"),
        UserSortField::UpdatedAt => Some("users.updated_at"),
    }
}

fn keyword(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "ASC",
        Direction::Descending => "DESC",
    }
}

fn sign(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => ">",
        Direction::Descending => "<",
    }
}

fn with_all(same: &[(&str, UserSortColumn)], condition: Condition) -> Condition {
    let equal = same.iter().rev();
    equal.fold(condition, |condition, (column, value)| {
        Box::new(compared(column, "=", value.clone()).and(condition))
    })
}

fn compared(column: &str, sign: &str, value: UserSortColumn) -> Condition {
    let begin = sql::<Bool>(&format!("{column} {sign} "));
    match value {
        UserSortColumn::Text(text) => Box::new(begin.bind::<Text, _>(text)),
        UserSortColumn::Number(number) => Box::new(begin.bind::<BigInt, _>(number)),
        UserSortColumn::Flag(flag) => Box::new(begin.bind::<Bool, _>(flag)),
    }
}
