//! The sort order of a list.

use super::sort_field::{SortField, Sortable};
use crate::invalid::Invalid;
use std::cmp::Ordering;

/// The direction of a sort.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::{Direction, Order};
///
/// assert_eq!(Order::default().id_direction(), Direction::Descending);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

impl Direction {
    /// Returns the other direction.
    pub fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }

    /// Returns how two entries come after each other if they compare like this when the
    /// order ascends.
    pub fn of(self, ascending: Ordering) -> Ordering {
        match self {
            Self::Ascending => ascending,
            Self::Descending => ascending.reverse(),
        }
    }
}

/// The sort order of a list. Ties are broken by id in the direction of the last field, so
/// every order is total.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::{Direction, SortOrder, UserSortField};
///
/// let order = SortOrder::<UserSortField>::parse("is_admin,-username").unwrap();
/// assert_eq!(order.fields()[0], (UserSortField::IsAdmin, Direction::Ascending));
/// assert_eq!(order.id_direction(), Direction::Descending);
/// assert!(SortOrder::<UserSortField>::parse("id").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortOrder<F> {
    fields: Vec<(F, Direction)>,
    id_direction: Direction,
}

/// The sort order of a list of keys.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::{Direction, Order, SortField};
///
/// let order = Order::parse("name,-created_at").unwrap();
/// assert_eq!(order.fields()[0], (SortField::Name, Direction::Ascending));
/// assert_eq!(order.id_direction(), Direction::Descending);
/// assert!(Order::parse("id").is_err());
/// ```
pub type Order = SortOrder<SortField>;

impl<F: Sortable> SortOrder<F> {
    /// Parses a comma-separated list of fields, each with an optional leading
    /// `-`; empty text is the default order. Repeated fields are ignored.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `sort_by`, naming the field that is not sortable.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let mut order = Self {
            fields: Vec::new(),
            id_direction: Direction::Ascending,
        };
        for part in text.split(',') {
            let part = part.trim();
            let (name, direction) = match part.strip_prefix('-') {
                Some(name) => (name, Direction::Descending),
                None => (part, Direction::Ascending),
            };
            let Some((_, field)) = F::FIELDS.iter().find(|(known, _)| *known == name) else {
                let allowed = F::NAMES_IN_ERROR;
                return Err(Invalid::sentence(
                    "sort_by",
                    format!("Field '{name}' is not sortable. Allowed fields: {allowed}"),
                ));
            };
            if order.fields.iter().all(|(known, _)| known != field) {
                order.fields.push((*field, direction));
            }
            order.id_direction = direction;
        }
        Ok(order)
    }

    /// Returns the fields, the most significant first, without duplicates.
    pub fn fields(&self) -> &[(F, Direction)] {
        &self.fields
    }

    /// Returns the field of an order by one, in whose direction ties are broken, too: a
    /// field that was repeated may have been given in both.
    pub fn only_field(&self) -> Option<F> {
        match self.fields() {
            [(field, direction)] if *direction == self.id_direction => Some(*field),
            _ => None,
        }
    }

    /// Returns the order in which the last entry comes first.
    pub fn reversed(&self) -> Self {
        let fields = self.fields.iter();
        Self {
            fields: fields
                .map(|(field, direction)| (*field, direction.reversed()))
                .collect(),
            id_direction: self.id_direction.reversed(),
        }
    }

    /// Returns the direction in which ties are broken by id.
    pub fn id_direction(&self) -> Direction {
        self.id_direction
    }
}

/// Newest first.
impl<F: Sortable> Default for SortOrder<F> {
    fn default() -> Self {
        Self {
            fields: vec![(F::CREATION, Direction::Descending)],
            id_direction: Direction::Descending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listing::UserSortField;

    #[test]
    fn an_unsortable_field_is_named() {
        let invalid = Order::parse("name,nope").unwrap_err();
        assert_eq!(
            invalid.message,
            "Field 'nope' is not sortable. Allowed fields: name, expires_at, created_at, updated_at"
        );
        let invalid = SortOrder::<UserSortField>::parse("-id").unwrap_err();
        assert_eq!(
            invalid.message,
            "Field 'id' is not sortable. Allowed fields: username, is_admin, full_name, source, \
             is_active, created_at, updated_at"
        );
    }

    #[test]
    fn the_reverse_of_an_order_reverses_every_field() {
        let order = |text: &str| Order::parse(text).unwrap();
        assert_eq!(
            order("name,-created_at").reversed(),
            order("-name,created_at")
        );
        assert_eq!(order("").reversed(), order("created_at"));
        assert_eq!(
            order("name,-name").reversed().id_direction(),
            Direction::Ascending
        );
    }

    #[test]
    fn an_order_by_one_field_has_one_direction() {
        let only = |text: &str| Order::parse(text).unwrap().only_field();
        assert_eq!(only("-name"), Some(SortField::Name));
        assert_eq!(only("name,name"), Some(SortField::Name));
        assert_eq!(only("name,-name"), None);
        assert_eq!(only("name,-expires_at"), None);
    }

    #[test]
    fn ties_are_broken_in_the_direction_of_the_last_field() {
        let id = |text: &str| Order::parse(text).unwrap().id_direction();
        assert_eq!(id("created_at"), Direction::Ascending);
        assert_eq!(id("name,-created_at"), Direction::Descending);
        assert_eq!(id(" -expires_at , name"), Direction::Ascending);
        assert_eq!(id(""), Direction::Descending);
    }
}
