//! Pages of lists: their query and their JSON.

use crate::{error::HttpError, query::Query};
use apikey_domain::listing::{Page, SearchTerm, Window};
use serde::Serialize;

/// The requested page of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging {
    /// The number of the page, starting at 1.
    pub(crate) page: i64,
    /// The number of items in a page.
    pub(crate) per_page: i64,
}

/// A page of a list.
#[derive(Serialize)]
pub(crate) struct PageView<T> {
    items: Vec<T>,
    pagination: PaginationView,
}

/// The position of a page in its list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PaginationView {
    page: i64,
    per_page: i64,
    total: u64,
    total_page: u64,
}

// === impl Paging ===

impl Paging {
    /// The page number that requests all items in one page, where supported.
    pub(crate) const ALL: i64 = -1;

    /// Parses `page` (default 1) and `perPage` (default 100).
    ///
    /// # Errors
    ///
    /// 422 if one is not an integer.
    pub(crate) fn read(query: &Query) -> Result<Self, HttpError> {
        Ok(Self {
            page: query.integer("page")?.unwrap_or(1),
            per_page: query.integer("perPage")?.unwrap_or(100),
        })
    }

    /// Returns the window of the requested page.
    ///
    /// # Errors
    ///
    /// 422 for an invalid page or size, and for [`Self::ALL`], which has no window.
    pub(crate) fn window(self) -> Result<Window, HttpError> {
        if self.page == Self::ALL {
            return Err(HttpError::invalid("query.page: must be 1 or more"));
        }
        Ok(Window::page(self.page, self.per_page)?)
    }

    /// Returns the view of this page for a list of `total` items.
    pub(crate) fn view(self, total: u64) -> PaginationView {
        PaginationView {
            page: self.page,
            per_page: self.per_page,
            total,
            total_page: total.div_ceil(self.per_page.unsigned_abs().max(1)),
        }
    }
}

/// Parses the search term.
///
/// # Errors
///
/// 422 if it is not UTF-8, too long or contains NUL.
pub(crate) fn search(query: &Query) -> Result<Option<SearchTerm>, HttpError> {
    let text = query.text("search")?.unwrap_or_default();
    Ok(SearchTerm::parse(&text)?)
}

// === impl PageView ===

impl<T> PageView<T> {
    /// Returns a page, with each item mapped by `view`.
    pub(crate) fn of<'a, E>(page: &'a Page<E>, paging: Paging, view: impl Fn(&'a E) -> T) -> Self {
        Self {
            items: page.items.iter().map(view).collect(),
            pagination: paging.view(page.total),
        }
    }
}
