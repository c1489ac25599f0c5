//! In which order a list of keys is.

use crate::invalid::Invalid;

/// By what keys can be sorted.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::listing::SortField::ALL.len(), 5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortField {
    /// The name, bytewise.
    Name,
    /// The expiry; never is later than any instant.
    ExpiresAt,
    /// The creation.
    CreatedAt,
    /// The last change.
    UpdatedAt,
    /// The last use, to a minute; never is earlier than any instant.
    LastUsedAt,
}

impl SortField {
    /// Every field and what it is called.
    pub const ALL: [(&'static str, Self); 5] = [
        ("name", Self::Name),
        ("expires_at", Self::ExpiresAt),
        ("created_at", Self::CreatedAt),
        ("updated_at", Self::UpdatedAt),
        ("last_used_at", Self::LastUsedAt),
    ];

    /// What a refusal names: the text is GPUStack's, which knows no last use. See
    /// "List" in `docs/api.md`.
    const NAMED: &'static str = "name, expires_at, created_at, updated_at";
}

/// Which way to sort.
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
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// By what a list of keys is sorted; ties fall to the id in the direction of
/// the last field, so that every order is total.
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
    /// Reads a comma list of fields, each with an optional leading `-`; empty
    /// text is the default order. A field named again changes nothing.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `sort_by`, naming the field that cannot be
    /// sorted by.
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
                let allowed = SortField::NAMED;
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

    /// The fields, the most significant first; none twice.
    pub fn fields(&self) -> &[(SortField, Direction)] {
        &self.fields
    }

    /// Which way ties fall.
    pub fn id_direction(&self) -> Direction {
        self.id_direction
    }
}

/// The newest first.
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
    fn ties_fall_the_way_of_the_last_field() {
        let id = |text: &str| Order::parse(text).unwrap().id_direction();
        assert_eq!(id("created_at"), Direction::Ascending);
        assert_eq!(id("name,-created_at"), Direction::Descending);
        assert_eq!(id(" -expires_at , name"), Direction::Ascending);
        assert_eq!(id(""), Direction::Descending);
    }
}
