//! Batches and outcomes as JSON, for a store in another process.

mod batch;
mod outcome;

pub use batch::{read_batch, write_batch};
pub use outcome::{read_brought, write_brought};
