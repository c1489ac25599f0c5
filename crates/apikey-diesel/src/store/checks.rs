//! The checks of the store's health that are under way.

use crate::single_flight::SingleFlight;

/// The checks that are under way.
#[derive(Default)]
pub(super) struct Checks {
    pub(super) read: SingleFlight,
    pub(super) write: SingleFlight,
}
