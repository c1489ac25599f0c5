//! `/v2/events`: the event log, for platform admins.

mod query;
mod view;

use crate::{authentication::PlatformAdmin, error::HttpError, query::Query, response};
use actix_web::HttpResponse;
use apikey_domain::use_case::list_events::list_events;
use query::EventsQuery;
use view::EventPageView;

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
    let (caller, ports) = (&signed_in.caller, signed_in.keys());
    let page = list_events(caller, ports, &filter, after, limit).await?;
    response::json(&EventPageView::of(&page, after, &ports.verify.key_prefix))
}
