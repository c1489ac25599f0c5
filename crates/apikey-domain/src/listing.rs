//! Pages, sort orders and search terms of lists.

mod order;
mod piece;
mod search;
mod search_bounds;
mod sort_field;

use crate::invalid::Invalid;
pub use order::{Direction, Order, SortOrder};
pub use piece::{Listed, PIECE_BYTES, PIECE_ENTRIES, Piece, cut};
pub use search::SearchTerm;
pub use search_bounds::{SearchBounds, TooBroad, Way};
pub use sort_field::{SortField, Sortable, UserSortField};

/// A window of a list: an offset and a limit.
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
    /// The number of entries before the window.
    pub offset: i64,
    /// The maximum number of entries in the window: 1 to 1,000.
    pub limit: u32,
}

impl Window {
    /// The maximum number of entries per page.
    pub const LARGEST: i64 = 1_000;

    /// Returns the window of a page, counted from 1, with `per_page` entries per
    /// page.
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

    /// Returns the page of a list that consists of these entries.
    pub fn of<T: Listed>(&self, entries: Vec<T>) -> Page<T> {
        let total = entries.len() as u64;
        let offset = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let shown = entries.into_iter().skip(offset).take(self.limit as usize);
        let Piece { items, rest } = Piece::of(shown.collect());
        Page { items, rest, total }
    }

    /// Returns the total number of entries in the list if it follows from a
    /// window that shows `shown` of them: the window is not full, and it does not
    /// lie beyond the end.
    pub fn known_total(&self, shown: usize) -> Option<u64> {
        let is_first = self.offset == 0;
        let is_within = is_first || shown > 0;
        (is_within && shown < self.limit as usize).then(|| self.shown_through(shown))
    }

    /// Returns how many entries there are up to the end of a window that shows
    /// `shown` of them, or 0 for an empty window.
    pub fn shown_through(&self, shown: usize) -> u64 {
        match shown {
            0 => 0,
            shown => self.offset.unsigned_abs() + shown as u64,
        }
    }

    /// Checks the number of entries per page.
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

/// The first entries of a window, as many as fit a piece, what follows them, and the
/// size of the whole list.
///
/// # Example
///
/// ```
/// use apikey_domain::{listing::Window, testing::fixture};
///
/// let keys = (1..=7).map(|id| fixture::api_key(id, "ci")).collect();
/// let page = Window::page(2, 5).unwrap().of(keys);
/// assert_eq!((page.items.len(), page.rest.len(), page.total), (2, 0, 7));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T: Listed> {
    /// The entries, in order.
    pub items: Vec<T>,
    /// The ids of the entries of the window that follow them, in order.
    pub rest: Vec<T::Id>,
    /// The number of entries in the whole list.
    pub total: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_far_beyond_the_end_does_not_overflow() {
        let window = Window::page(i64::MAX, 1_000).unwrap();
        assert_eq!(window.offset, i64::MAX);
    }
}
