//! Reading a page in pieces.

use crate::{
    error::{Error, PortError},
    listing::{Listed, Page, Piece},
};
use futures_util::future::BoxFuture;

/// Reads the entries with these ids, as many as fit a piece.
type Read<T> = Box<
    dyn Fn(Vec<<T as Listed>::Id>) -> BoxFuture<'static, Result<Piece<T>, PortError>> + Send + Sync,
>;

/// A page that is read one piece at a time, so that a page of any size takes bounded
/// memory. Which entries it has is settled when the reading begins; one that is
/// deleted before its piece is read is left out.
///
/// # Example
///
/// ```
/// use apikey_domain::{listing::Page, testing::fixture, use_case::pieces::Pieces};
///
/// # futures_executor::block_on(async {
/// let page = Page { items: vec![fixture::user(1, 11)], rest: Vec::new(), total: 1 };
/// let mut users = Pieces::new(page, |_| unreachable!("the first piece is the last one"));
/// assert!(users.is_last());
/// assert_eq!(users.next().await.unwrap(), [fixture::user(1, 11)]);
/// assert!(users.next().await.unwrap().is_empty());
/// # });
/// ```
pub struct Pieces<T: Listed> {
    first: Vec<T>,
    rest: Vec<T::Id>,
    total: u64,
    read: Read<T>,
}

impl<T: Listed> Pieces<T> {
    /// Starts with the first piece of `page`; `read` reads the others.
    pub fn new(
        page: Page<T>,
        read: impl Fn(Vec<T::Id>) -> BoxFuture<'static, Result<Piece<T>, PortError>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            first: page.items,
            rest: page.rest,
            total: page.total,
            read: Box::new(read),
        }
    }

    /// Returns the number of entries in the whole list.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns whether nothing follows what has been returned, or the first piece
    /// before anything has been.
    pub fn is_last(&self) -> bool {
        self.rest.is_empty()
    }

    /// Returns the next piece, which is empty at the end. May be called again after an
    /// error.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn next(&mut self) -> Result<Vec<T>, Error> {
        let mut items = std::mem::take(&mut self.first);
        // All entries of a piece may be gone.
        while items.is_empty() && !self.rest.is_empty() {
            let piece = (self.read)(self.rest.clone()).await?;
            (items, self.rest) = (piece.items, piece.rest);
        }
        Ok(items)
    }

    /// Reads the whole page, however much memory it takes.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn collect(mut self) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        loop {
            let piece = self.next().await?;
            if piece.is_empty() {
                return Ok(items);
            }
            items.extend(piece);
        }
    }
}

impl<T: Listed> std::fmt::Debug for Pieces<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let read = (self.first.len(), self.rest.len(), self.total);
        write!(formatter, "Pieces{read:?}")
    }
}
