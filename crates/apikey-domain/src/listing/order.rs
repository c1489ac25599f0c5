//! The sort order of a list of keys.

use crate::invalid::Invalid;

/// The fields by which keys can be sorted.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::listing::SortField::ALL.len(), 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortField {
    /// The name, bytewise.
    Name,
    /// The expiry; a key that never expires sorts after every instant.
    ExpiresAt,
    /// The time of creation.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// The time of the last use, to the minute; a key that was never used sorts
    /// before every instant.
    LastUsedAt,
}

impl SortField {
    /// Every field with its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("name", Self::Name),
        ("expires_at", Self::ExpiresAt),
        ("created_at", Self::CreatedAt),
        ("updated_at", Self::UpdatedAt),
        ("last_used_at", Self::LastUsedAt),
    ];

    /// The fields that the error names. Its text is GPUStack's, which has no
    /// `last_used_at`; see "List" in `docs/api.md`.
    const NAMES_IN_ERROR: &'static str = "name, expires_at, created_at, updated_at";
}

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
}

/// The sort order of a list of keys. Ties are broken by id in the direction of
/// the last field, so every order is total.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    fields: Vec<(SortField, Direction)>,
    id_direction: Direction,
}

impl Order {
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
            let Some((_, field)) = SortField::ALL.into_iter().find(|(known, _)| *known == name)
            else {
                let allowed = SortField::NAMES_IN_ERROR;
                return Err(Invalid::sentence(
                    "sort_by",
                    format!("Field '{name}' is not sortable. Allowed fields: {allowed}"),
                ));
            };
            if order.fields.iter().all(|(known, _)| *known != field) {
                order.fields.push((field, direction));
            }
            order.id_direction = direction;
        }
        Ok(order)
    }

    /// Returns the fields, the most significant first, without duplicates.
    pub fn fields(&self) -> &[(SortField, Direction)] {
        &self.fields
    }

    /// Returns the field of an order by one, in whose direction ties are broken, too: a
    /// field that was repeated may have been given in both.
    pub fn only_field(&self) -> Option<SortField> {
        match self.fields() {
            [(field, direction)] if *direction == self.id_direction => Some(*field),
            _ => None,
        }
    }

    /// Returns the order in which the last key comes first.
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
impl Default for Order {
    fn default() -> Self {
        Self {
            fields: vec![(SortField::CreatedAt, Direction::Descending)],
            id_direction: Direction::Descending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsortable_field_is_named() {
        let invalid = Order::parse("name,nope").unwrap_err();
        assert_eq!(
            invalid.message,
            "Field 'nope' is not sortable. Allowed fields: name, expires_at, created_at, updated_at"
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
