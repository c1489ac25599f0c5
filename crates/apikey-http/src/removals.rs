//! `/v2/removals`: what of deleted users and organizations is still going, for platform
//! admins.

pub(crate) mod described;

use crate::{
    authentication::PlatformAdmin,
    error::HttpError,
    list_answer,
    list_reader::ListReader,
    listing::{PagedEntries, Paging},
    query::Query,
    response::write_json,
};
use actix_web::HttpResponse;
use apikey_domain::{port::removals::Removal, use_case::operation::list_removals};
use serde::Serialize;
use utoipa::ToSchema;

/// A removal as JSON.
#[derive(Serialize, ToSchema)]
#[schema(as = Removal)]
struct RemovalView<'a> {
    id: i64,
    kind: &'static str,
    name: &'a str,
    #[schema(format = DateTime)]
    started_at: String,
    keys: u64,
    memberships: u64,
}

/// `GET /v2/removals`: lists the removals under way.
pub(crate) async fn list(
    PlatformAdmin(signed_in): PlatformAdmin,
    query: Query,
) -> Result<HttpResponse, HttpError> {
    let paging = Paging::read(&query)?;
    let window = paging.window()?;
    let (caller, ports) = (&signed_in.caller, signed_in.keys());
    let reader = ListReader::of(&signed_in);
    let turn = reader.turn().await?;
    let page = turn.read(list_removals::list_removals(caller, ports, window));
    let write = |buffer: &mut Vec<u8>, removal: &_| write_json(buffer, &RemovalView::of(removal));
    let page = PagedEntries::new(page.await?, paging, write);
    list_answer::respond(page, reader, turn).await
}

impl<'a> RemovalView<'a> {
    fn of(removal: &'a Removal) -> Self {
        Self {
            id: removal.owner.id(),
            kind: removal.owner.kind(),
            name: &removal.name,
            started_at: removal.started_at.to_rfc3339(),
            keys: removal.keys,
            memberships: removal.memberships,
        }
    }
}
