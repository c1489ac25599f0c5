//! Pages of lists: their query and their JSON.

use crate::{
    conventions::list_links::PlaceInList, error::HttpError, list_answer::Entries, query::Query,
    response::write_json,
};
use apikey_domain::{
    Error,
    listing::{Listed, SearchTerm, Window},
    use_case::pieces::Pieces,
};
use serde::Serialize;
use utoipa::ToSchema;

/// The requested page of a list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paging {
    /// The number of the page, starting at 1.
    pub(crate) page: i64,
    /// The number of items in a page.
    pub(crate) per_page: i64,
}

/// A page of a list, written as it is read.
pub(crate) struct PagedEntries<T: Listed, W> {
    pieces: Pieces<T>,
    paging: Paging,
    write: W,
}

/// The position of a page in its list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Pagination)]
pub(crate) struct PaginationView {
    /// Null for an answer that begins after a cursor.
    #[schema(required)]
    page: Option<i64>,
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
            return Err(HttpError::invalid_parameter("page", "must be 1 or more"));
        }
        Ok(Window::page(self.page, self.per_page)?)
    }

    /// Returns the window of the requested page, or `None` if all items are requested in one.
    ///
    /// # Errors
    ///
    /// 422 for an invalid page or size, also for a size that has no effect because all items
    /// are requested.
    pub(crate) fn window_or_all(self) -> Result<Option<Window>, HttpError> {
        if self.page == Self::ALL {
            Window::check_limit(self.per_page)?;
            return Ok(None);
        }
        self.window().map(Some)
    }

    /// Appends the position of this page in a list of `total` items.
    pub(crate) fn write(self, buffer: &mut Vec<u8>, total: u64) -> Result<(), HttpError> {
        write_pagination(buffer, Some(self.page), self.per_page, total)
    }
}

/// Appends the position of a page in a list of `total` items. One that begins after a
/// cursor has no number.
pub(crate) fn write_pagination(
    buffer: &mut Vec<u8>,
    page: Option<i64>,
    per_page: i64,
    total: u64,
) -> Result<(), HttpError> {
    buffer.extend_from_slice(br#","pagination":"#);
    write_json(
        buffer,
        &PaginationView {
            page,
            per_page,
            total,
            total_page: total.div_ceil(per_page.unsigned_abs().max(1)),
        },
    )
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

// === impl PagedEntries ===

impl<T, W> PagedEntries<T, W>
where
    T: Listed,
    W: Fn(&mut Vec<u8>, &T) -> Result<(), HttpError>,
{
    /// Returns a page, each entry of which is appended as JSON by `write`.
    pub(crate) fn new(pieces: Pieces<T>, paging: Paging, write: W) -> Self {
        Self {
            pieces,
            paging,
            write,
        }
    }
}

impl<T, W> Entries for PagedEntries<T, W>
where
    T: Listed,
    W: Fn(&mut Vec<u8>, &T) -> Result<(), HttpError>,
{
    type Entry = T;

    async fn next(&mut self) -> Result<Vec<T>, Error> {
        self.pieces.next().await
    }

    fn is_last(&self) -> bool {
        self.pieces.is_last()
    }

    fn write(&self, buffer: &mut Vec<u8>, entry: &T) -> Result<(), HttpError> {
        (self.write)(buffer, entry)
    }

    fn place(&self) -> Option<PlaceInList> {
        let Paging { page, per_page } = self.paging;
        Some(PlaceInList::Page {
            page,
            per_page,
            total: self.pieces.total(),
        })
    }

    fn write_end(&self, buffer: &mut Vec<u8>, _: u64) -> Result<(), HttpError> {
        self.paging.write(buffer, self.pieces.total())
    }
}
