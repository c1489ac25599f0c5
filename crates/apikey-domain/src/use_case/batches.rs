//! Reading a list of any length: in batches, and each in pieces.

use crate::{
    error::{Error, PortError},
    listing::{Listed, Piece},
};
use async_trait::async_trait;

/// A list that is read in batches, each of which begins after a place.
#[async_trait]
pub(super) trait BatchSource: Send + Sync {
    /// What it lists.
    type Entry: Listed + Send;

    /// Where a batch begins.
    type Place: Send + Sync;

    /// Returns the batch after a place, or the first one, and where the next begins.
    async fn batch(
        &self,
        after: Option<&Self::Place>,
    ) -> Result<(Piece<Self::Entry>, Option<Self::Place>), PortError>;

    /// Returns the entries with these ids.
    async fn entries(
        &self,
        ids: &[<Self::Entry as Listed>::Id],
    ) -> Result<Piece<Self::Entry>, PortError>;
}

/// Every entry of a list, in pieces.
pub(super) struct Batches<S: BatchSource> {
    source: S,
    next: Next<S::Place>,
    /// The entries of the current batch that are still to be read.
    rest: Vec<<S::Entry as Listed>::Id>,
}

/// Where the next batch begins.
enum Next<P> {
    AtTheStart,
    After(P),
    /// There is none.
    End,
}

impl<S: BatchSource> Batches<S> {
    /// Starts with the first entry.
    pub(super) fn of(source: S) -> Self {
        Self {
            source,
            next: Next::AtTheStart,
            rest: Vec::new(),
        }
    }

    /// Returns whether nothing follows what has been returned.
    pub(super) fn is_last(&self) -> bool {
        matches!(self.next, Next::End) && self.rest.is_empty()
    }

    /// Returns the next piece, which is empty at the end.
    pub(super) async fn next(&mut self) -> Result<Vec<S::Entry>, Error> {
        // All entries of a piece may be gone.
        while !self.is_last() {
            let Piece { items, rest } = self.piece().await?;
            self.rest = rest;
            if !items.is_empty() {
                return Ok(items);
            }
        }
        Ok(Vec::new())
    }

    async fn piece(&mut self) -> Result<Piece<S::Entry>, Error> {
        if !self.rest.is_empty() {
            return Ok(self.source.entries(&self.rest).await?);
        }
        let after = match &self.next {
            Next::AtTheStart => None,
            Next::After(place) => Some(place),
            Next::End => return Ok(Piece::of(Vec::new())),
        };
        let (piece, next) = self.source.batch(after).await?;
        self.next = next.map_or(Next::End, Next::After);
        Ok(piece)
    }
}
