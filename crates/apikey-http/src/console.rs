//! What GPUStack's console asks for beside keys and users. Of most there is nothing here;
//! then nothing is read but who asks.

pub(crate) mod described;
mod people;

pub(crate) use people::list as people;

use crate::{
    api::Api,
    authentication::{Authenticated, PlatformAdmin},
    body::{Body, OtherFields, RequestBody, field::whole_number},
    conventions::list_links::PlaceInList,
    error::HttpError,
    listing::{Paging, write_pagination},
    query::Query,
    response,
    tenant::Tenant,
};
use actix_web::{HttpResponse, http::header};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The releases that there are, as far as this server knows.
#[derive(Serialize, ToSchema)]
#[schema(as = LatestRelease)]
struct UpdateView {
    latest_version: &'static str,
}

/// What the console wants of the usage; there is none of anything.
#[derive(Deserialize, ToSchema)]
#[schema(as = UsageQuestion)]
struct UsageBody {
    #[serde(default = "first_page", deserialize_with = "whole_number")]
    page: i64,
    #[serde(
        default = "entries_of_usage",
        rename = "perPage",
        deserialize_with = "whole_number"
    )]
    per_page: i64,
}

// === impl UsageBody ===

impl RequestBody for UsageBody {
    const OTHER_FIELDS: OtherFields = OtherFields::RefusedIfNear {
        words: &[],
        harmless: &[],
    };
}

/// A list of something that this server does not have: the empty page that is asked for.
pub(crate) async fn no_items(_: Tenant, query: Query) -> Result<HttpResponse, HttpError> {
    let paging = Paging::read(&query)?;
    let mut response = empty_page(paging)?;
    if paging.page != Paging::ALL {
        response.extensions_mut().insert(PlaceInList::Page {
            page: paging.page,
            per_page: paging.per_page,
            total: 0,
        });
    }
    Ok(response)
}

/// `POST /v2/usage/breakdown`: an empty page. This server counts no usage. Its page is asked for
/// in the body, so there are no links to others.
pub(crate) async fn no_usage(_: Tenant, body: Body) -> Result<HttpResponse, HttpError> {
    let UsageBody { page, per_page } = body.json().await?;
    empty_page(Paging { page, per_page })
}

/// Settings and figures of a platform that this server does not have: an empty object.
pub(crate) async fn nothing(_: PlatformAdmin) -> Result<HttpResponse, HttpError> {
    response::json(&BTreeMap::<&str, ()>::new())
}

/// `GET /update/`: no release is newer than this one, as far as this server knows; it asks
/// nobody.
pub(crate) async fn no_update(
    PlatformAdmin(Authenticated { api, .. }): PlatformAdmin,
) -> Result<HttpResponse, HttpError> {
    response::json(&UpdateView::of(&api))
}

// === impl UpdateView ===

impl UpdateView {
    fn of(api: &Api) -> Self {
        Self {
            latest_version: api.version.version,
        }
    }
}

fn empty_page(paging: Paging) -> Result<HttpResponse, HttpError> {
    paging.window_or_all()?;
    let mut buffer = br#"{"items":[]"#.to_vec();
    write_pagination(&mut buffer, Some(paging.page), paging.per_page, 0)?;
    buffer.push(b'}');
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(buffer))
}

fn first_page() -> i64 {
    1
}

fn entries_of_usage() -> i64 {
    20
}
