//! Figures for the metrics. They keep nothing open.

use super::ports::Store;
use crate::open_store::{Figure, PoolFigure};
use std::sync::Arc;

// === impl Store ===

impl Store {
    /// Returns what tells of the connections for reading.
    pub(crate) fn reader_pool(&self) -> PoolFigure {
        Arc::new(self.readers.figures())
    }

    /// Returns what counts the writes that wait for the writer.
    pub(crate) fn waiting_writes(&self) -> Figure {
        Arc::new(self.writer.waiting_writes())
    }
}
