//! Listing events.

use crate::{
    access::{policy::require_platform_admin, tenant::Caller},
    change::{
        Position,
        event::{EventFilter, EventPage},
    },
    error::Error,
    use_case::ports::KeyPorts,
};

/// The maximum number of events per page.
pub const LARGEST_PAGE: u32 = 1_000;

/// Lists events after `after`, in order.
///
/// # Errors
///
/// [`Error::Forbidden`] for anyone but a platform admin.
pub async fn list_events(
    caller: &Caller,
    ports: &KeyPorts,
    filter: &EventFilter,
    after: Position,
    limit: u32,
) -> Result<EventPage, Error> {
    require_platform_admin(caller)?;
    let limit = limit.clamp(1, LARGEST_PAGE);
    Ok(ports
        .server
        .event_log
        .list_events(filter, after, limit)
        .await?)
}
