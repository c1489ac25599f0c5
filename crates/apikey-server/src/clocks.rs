//! Whether the clock of the server may be relied on for what is final.

use apikey_domain::{
    change::retention::agree_with_store, error::PortError, port::event_log::EventLog,
    timestamp::Timestamp,
};

/// Checks that the clock of the server, which says `now`, is about that of the database.
///
/// # Errors
///
/// [`PortError::Unavailable`] if it is not, or if that of the database cannot be read.
pub(crate) async fn agree(now: Timestamp, events: &dyn EventLog) -> Result<(), PortError> {
    let state = events.record_state().await?;
    agree_with_store(now, &state)
        .map_err(|disagree| PortError::Unavailable(disagree.to_string().into()))
}
