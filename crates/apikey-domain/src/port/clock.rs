//! The time of day.

use crate::timestamp::Timestamp;

/// Returns the time of day.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait Clock: Send + Sync {
    /// Returns the current instant. It MUST lie within the calendar of
    /// [`Timestamp`] and MAY jump in either direction.
    fn now(&self) -> Timestamp;
}
