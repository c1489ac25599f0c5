//! What is asked of the record of changes.

use crate::{error::HttpError, query::Query};
use apikey_domain::{
    change::{
        Position,
        event::{EventFilter, EventKind},
    },
    identifier::{ApiKeyId, PrincipalId, UserId},
    use_case::keys::list_events::LARGEST_PAGE,
};

/// What is asked of the record of changes, valid as a whole.
pub(super) struct EventsQuery {
    /// Which events.
    pub(super) filter: EventFilter,
    /// Behind which position.
    pub(super) after: Position,
    /// How many at the most.
    pub(super) limit: u32,
}

/// How many events a page has unless it is said.
const USUAL_LIMIT: i64 = 100;

impl EventsQuery {
    /// Reads the query.
    ///
    /// # Errors
    ///
    /// 422 for the first value that is not what it must be.
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
        .map_err(|_| HttpError::invalid("query.after: must be a position, as in 812-5"))
}

fn limit(query: &Query) -> Result<u32, HttpError> {
    let limit = query.integer("limit")?.unwrap_or(USUAL_LIMIT);
    let limit = u32::try_from(limit).ok();
    limit
        .filter(|limit| (1..=LARGEST_PAGE).contains(limit))
        .ok_or_else(|| HttpError::invalid(format!("limit must be 1 to {LARGEST_PAGE}")))
}
