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
///
/// # Example
///
/// ```
/// use apikey_domain::{change::Position, use_case::operation::list_events::list_events};
/// use apikey_testing::{TestApp, test_app::signed_in};
///
/// # futures_executor::block_on(async {
/// let app = TestApp::new();
/// let root = signed_in(&app.admin("root").await);
/// let (all, start) = (Default::default(), Position::START);
/// let page = list_events(&root, &app.keys, &all, start, 100).await.unwrap();
/// assert_eq!(page.events[0].change.kind().to_string(), "user.created");
/// # });
/// ```
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
