//! What the fuzz targets call. It belongs to the feature `fuzzing`, and no release has
//! it.

use crate::{event_payload, rows::RowContext};
use apikey_domain::{
    change::{Change, event::EventKind},
    error::PortError,
};

/// The payloads of a subject before and after a change, as JSON.
pub type Payloads = (Option<String>, Option<String>);

/// Reads the payloads of an event of this kind.
///
/// # Errors
///
/// [`PortError::Corrupt`] when they are not those of such a change.
pub fn read_event(kind: EventKind, payloads: Payloads) -> Result<Change, PortError> {
    let event = RowContext {
        table: "events",
        id: 1,
    };
    event_payload::from_payloads(&event, kind, payloads)
}

/// Writes the payloads of a change.
///
/// # Errors
///
/// [`PortError::Corrupt`] when it cannot be written.
pub fn write_event(change: &Change) -> Result<Payloads, PortError> {
    event_payload::to_payloads(change)
}
