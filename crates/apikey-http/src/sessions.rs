//! `/v2/users/me/sessions`: callers see and end their own sessions.

pub(crate) mod described;

use crate::{
    authentication::Personal,
    error::HttpError,
    list_answer,
    list_reader::ListReader,
    listing::{PagedEntries, Paging},
    path::Path,
    query::Query,
    response::{self, write_json},
};
use actix_web::HttpResponse;
use apikey_domain::{
    identifier::SessionId, identity::session::Session, use_case::identity::sessions,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A session as JSON. What its cookie holds is nowhere.
#[derive(Serialize, ToSchema)]
#[schema(as = Session)]
struct SessionView {
    id: i64,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    last_used_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// Whether it is the one that the request came with.
    current: bool,
}

/// `GET /v2/users/me/sessions`: lists the caller's sessions.
pub(crate) async fn list(
    Personal(signed_in): Personal,
    query: Query,
) -> Result<HttpResponse, HttpError> {
    let paging = Paging::read(&query)?;
    let window = paging.window()?;
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let reader = ListReader::of(&signed_in);
    let turn = reader.turn().await?;
    let page = turn.read(sessions::list_sessions(caller, ports, window));
    let current = caller.credential().session();
    let write = move |buffer: &mut Vec<u8>, session: &Session| {
        write_json(buffer, &SessionView::of(session, current))
    };
    let page = PagedEntries::new(page.await?, paging, write);
    list_answer::respond(page, reader, turn).await
}

/// `DELETE /v2/users/me/sessions/{id}`: ends one of the caller's sessions.
pub(crate) async fn end(
    Personal(signed_in): Personal,
    path: Path,
) -> Result<HttpResponse, HttpError> {
    let id = SessionId(path.id("id")?);
    sessions::end_session(&signed_in.caller, signed_in.identity(), id).await?;
    response::json(&())
}

// === impl SessionView ===

impl SessionView {
    fn of(session: &Session, current: Option<SessionId>) -> Self {
        Self {
            id: session.id.0,
            created_at: session.created_at.to_rfc3339(),
            last_used_at: session.last_used_at.to_rfc3339(),
            expires_at: session.expires_at.to_rfc3339(),
            current: current == Some(session.id),
        }
    }
}
