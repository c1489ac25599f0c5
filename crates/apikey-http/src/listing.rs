//! Pages of lists, as clients ask for them and see them.

use crate::{error::HttpError, query::Query};
use apikey_domain::listing::{Page, SearchTerm, Window};
use serde::Serialize;

/// Which page of a list is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging {
    /// The number of the page, counted from 1.
    pub(crate) page: i64,
    /// How many entries a page has.
    pub(crate) per_page: i64,
}

/// One page of a list.
#[derive(Serialize)]
pub(crate) struct PageView<T> {
    items: Vec<T>,
    pagination: PaginationView,
}

/// Where a page stands in its list.
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
    /// The page that stands for all of them in one, where that is offered.
    pub(crate) const ALL: i64 = -1;

    /// Reads `page` (1) and `perPage` (100).
    ///
    /// # Errors
    ///
    /// 422 when one is not an integer.
    pub(crate) fn read(query: &Query) -> Result<Self, HttpError> {
        Ok(Self {
            page: query.integer("page")?.unwrap_or(1),
            per_page: query.integer("perPage")?.unwrap_or(100),
        })
    }

    /// The window of the one page that is wanted.
    ///
    /// # Errors
    ///
    /// 422 for a page or a size that no list has, and for [`Self::ALL`], which
    /// has no window.
    pub(crate) fn window(self) -> Result<Window, HttpError> {
        if self.page == Self::ALL {
            return Err(HttpError::invalid("query.page: must be 1 or more"));
        }
        Ok(Window::page(self.page, self.per_page)?)
    }

    /// What is said of this page of a list of `total` entries.
    pub(crate) fn view(self, total: u64) -> PaginationView {
        PaginationView {
            page: self.page,
            per_page: self.per_page,
            total,
            total_page: total.div_ceil(self.per_page.unsigned_abs().max(1)),
        }
    }
}

/// Reads what to look for.
///
/// # Errors
///
/// 422 when it is not text or too long.
pub(crate) fn search(query: &Query) -> Result<Option<SearchTerm>, HttpError> {
    let text = query.text("search")?.unwrap_or_default();
    Ok(SearchTerm::parse(&text)?)
}

// === impl PageView ===

impl<T> PageView<T> {
    /// A page and where it stands, its entries seen through `view`.
    pub(crate) fn of<'a, E>(page: &'a Page<E>, paging: Paging, view: impl Fn(&'a E) -> T) -> Self {
        Self {
            items: page.items.iter().map(view).collect(),
            pagination: paging.view(page.total),
        }
    }
}
