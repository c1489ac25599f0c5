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
use entries::EventEntries;
use query::EventsQuery;

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
