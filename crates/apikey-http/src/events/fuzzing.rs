//! Queries of the event log for the fuzz targets.

use super::query::EventsQuery;
use crate::query::fuzzing::ReadQuery;
use actix_web::ResponseError;
use apikey_domain::change::{Position, event::EventFilter};

/// Reads the query of the event log: the filter, the position after which it begins,
/// and the maximum number of events.
///
/// # Errors
///
/// The status of the refusal.
pub fn events_query(query: &ReadQuery) -> Result<(EventFilter, Position, u32), u16> {
    let read = EventsQuery::read(query.query());
    let read = read.map_err(|error| error.status_code().as_u16())?;
    Ok((read.filter, read.after, read.limit))
}
