//! `/v2/events`: the event log, for platform admins.

pub(crate) mod described;
mod entries;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod query;
mod view;

use crate::{
    authentication::PlatformAdmin, error::HttpError, list_answer, list_reader::ListReader,
    query::Query,
};
use actix_web::HttpResponse;
use apikey_domain::{change::event::Event, key::token::KeyPrefix};
use entries::EventEntries;
use query::EventsQuery;
use view::EventView;

/// Returns an event in one line of JSON, as `GET /v2/events` shows it.
///
/// # Example
///
/// ```
/// use apikey_domain::{change::Position, port::event_log::EventLog};
/// use apikey_testing::TestApp;
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = TestApp::new();
/// app.user("alice").await;
/// let all = Default::default();
/// let page = app.memory.list_events(&all, Position::START, 1).await.unwrap();
/// let line = apikey_http::event_json(&page.events[0], &app.keys.verify.key_prefix);
/// assert!(line.contains("\"kind\":\"user.created\""));
/// # }
/// ```
pub fn event_json(event: &Event, prefix: &KeyPrefix) -> String {
    // Views of resources can be written as JSON.
    serde_json::to_string(&EventView::of(event, prefix)).unwrap_or_default()
}

/// `GET /v2/events`: lists events in order, after a position.
pub(crate) async fn list(
    PlatformAdmin(signed_in): PlatformAdmin,
    query: Query,
) -> Result<HttpResponse, HttpError> {
    let EventsQuery {
        filter,
        after,
        limit,
    } = EventsQuery::read(&query)?;
    let events = EventEntries::new(&signed_in, filter, after, limit);
    let reader = ListReader::of(&signed_in);
    let turn = reader.turn().await?;
    list_answer::respond(events, reader, turn).await
}
