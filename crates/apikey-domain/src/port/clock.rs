//! The time of day.

use crate::timestamp::Timestamp;

/// Tells the time of day.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait Clock: Send + Sync {
    /// The present instant. MUST lie within the calendar of [`Timestamp`]; MAY
    /// jump in either direction, as clocks do.
    fn now(&self) -> Timestamp;
}
