//! The query of the event log.

use crate::{
    error::{HttpError, place::Place},
    query::Query,
};
use apikey_domain::{
    change::{
        Position,
        event::{EventFilter, EventKind},
    },
    identifier::{ApiKeyId, PrincipalId, UserId},
    use_case::operation::list_events::LARGEST_PAGE,
};

/// The query of the event log, validated as a whole.
pub(super) struct EventsQuery {
    /// The events to list.
    pub(super) filter: EventFilter,
    /// The position after which to begin.
    pub(super) after: Position,
    /// The maximum number of events.
    pub(super) limit: u32,
}

/// The default number of events in a page.
const DEFAULT_LIMIT: i64 = 100;

impl EventsQuery {
    /// Parses the query.
    ///
    /// # Errors
    ///
    /// 422 for the first invalid value.
    pub(super) fn read(query: &Query) -> Result<Self, HttpError> {
        let after = after(query)?;
        let limit = limit(query)?;
        let kind = query.text("kind")?;
        let kind = kind.as_deref().map(EventKind::parse).transpose()?;
        let filter = EventFilter {
            api_key_id: query.integer("api_key_id")?.map(ApiKeyId),
            user_id: query.integer("user_id")?.map(UserId),
            principal_id: query.integer("organization_id")?.map(PrincipalId),
            kind,
            since: query.instant("since")?,
            until: query.instant("until")?,
        };
        Ok(Self {
            filter,
            after,
            limit,
        })
    }
}

fn after(query: &Query) -> Result<Position, HttpError> {
    let Some(text) = query.text("after")? else {
        return Ok(Position::START);
    };
    Position::parse(&text)
        .map_err(|_| HttpError::invalid_parameter("after", "must be a position, as in 812-5"))
}

fn limit(query: &Query) -> Result<u32, HttpError> {
    let limit = query.integer("limit")?.unwrap_or(DEFAULT_LIMIT);
    let limit = u32::try_from(limit).ok();
    limit
        .filter(|limit| (1..=LARGEST_PAGE).contains(limit))
        .ok_or_else(|| {
            HttpError::invalid(format!("limit must be 1 to {LARGEST_PAGE}"))
                .at(Place::Query("limit".into()))
        })
}
