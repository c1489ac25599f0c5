//! Pages, orders and search terms of lists.

use crate::invalid::Invalid;

/// One stretch of a list: so many entries after so many others.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::Window;
///
/// let window = Window::page(3, 20).unwrap();
/// assert_eq!((window.offset, window.limit), (40, 20));
/// assert!(Window::page(0, 20).is_err());
/// assert!(Window::page(1, 1_001).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// How many entries come before it.
    pub offset: i64,
    /// How many it has at the most: 1 to 1,000.
    pub limit: u32,
}

impl Window {
    /// The most entries of a page.
    pub const LARGEST: i64 = 1_000;

    /// The page of that number, counted from 1, with so many entries a page.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `page` below 1 or `perPage` outside 1 to 1,000.
    pub fn page(page: i64, per_page: i64) -> Result<Self, Invalid> {
        let limit = Self::check_limit(per_page)?;
        if page < 1 {
            return Err(Invalid::new("page", "must be 1 or more, or -1 for all"));
        }
        Ok(Self {
            offset: (page - 1).saturating_mul(per_page),
            limit,
        })
    }

    /// How many entries there are in all, when a window that shows so many
    /// tells: it is not full, and it is not beyond the end.
    pub fn known_total(&self, shown: usize) -> Option<u64> {
        let is_first = self.offset == 0;
        let is_within = is_first || shown > 0;
        (is_within && shown < self.limit as usize).then(|| self.shown_through(shown))
    }

    /// How many entries come before the end of a window that shows so many.
    pub fn shown_through(&self, shown: usize) -> u64 {
        match shown {
            0 => 0,
            shown => self.offset.unsigned_abs() + shown as u64,
        }
    }

    /// Checks how many entries a page has.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `perPage` outside 1 to 1,000.
    pub fn check_limit(per_page: i64) -> Result<u32, Invalid> {
        if !(1..=Self::LARGEST).contains(&per_page) {
            return Err(Invalid::new("perPage", "must be 1 to 1000"));
        }
        u32::try_from(per_page).map_err(|_| Invalid::new("perPage", "must be 1 to 1000"))
    }
}

/// The entries of a window and how many there are in all.
///
/// # Example
///
/// ```
/// let page = apikey_domain::listing::Page { items: vec!["a"], total: 7 };
/// assert_eq!(page.total, 7);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries, in order.
    pub items: Vec<T>,
    /// How many the whole list has.
    pub total: u64,
}

/// By what keys can be sorted.
///
/// # Example
///
/// ```
/// assert_eq!(apikey_domain::listing::SortField::ALL.len(), 4);
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
}

impl SortField {
    /// Every field and what it is called.
    pub const ALL: [(&'static str, Self); 4] = [
        ("name", Self::Name),
        ("expires_at", Self::ExpiresAt),
        ("created_at", Self::CreatedAt),
        ("updated_at", Self::UpdatedAt),
    ];
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
                let allowed = SortField::ALL.map(|(known, _)| known).join(", ");
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

/// A piece of text to look for, case ignored, nothing in it a wildcard.
///
/// # Example
///
/// ```
/// use apikey_domain::listing::SearchTerm;
///
/// let term = SearchTerm::parse("ÄL%").unwrap().unwrap();
/// assert!(term.is_in("Tool-äl%-1"));
/// assert!(!term.is_in("älx"));
/// assert_eq!(SearchTerm::parse("").unwrap(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchTerm(String);

impl SearchTerm {
    /// The most characters of a term.
    pub const LONGEST: usize = 255;

    /// Takes `text` as a term; empty text is none.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for `search` beyond 255 characters or with NUL in it.
    pub fn parse(text: &str) -> Result<Option<Self>, Invalid> {
        if text.chars().count() > Self::LONGEST || text.contains('\0') {
            return Err(Invalid::new(
                "search",
                "must have at most 255 characters, none of them NUL",
            ));
        }
        Ok((!text.is_empty()).then(|| Self(Self::fold(text))))
    }

    /// The text with its case folded, as names are kept for searching.
    pub fn fold(text: &str) -> String {
        text.to_lowercase()
    }

    /// The folded term.
    pub fn folded(&self) -> &str {
        &self.0
    }

    /// Whether `text` contains the term.
    pub fn is_in(&self, text: &str) -> bool {
        Self::fold(text).contains(&self.0)
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

    #[test]
    fn a_page_far_beyond_the_end_does_not_overflow() {
        let window = Window::page(i64::MAX, 1_000).unwrap();
        assert_eq!(window.offset, i64::MAX);
    }
}
