//! `/openapi.json` and `/docs`, which need no credentials: they say what the documents of
//! the project say, and nothing of a server, its users or its keys.

use super::{
    files::{FILES, HTML, JSON},
    slices::Slices,
};
use crate::{entity_tag::tag_of, error::HttpError, path::Path};
use actix_web::{
    HttpResponse,
    http::header::{self, EntityTag, HeaderName, HeaderValue},
};
use std::sync::LazyLock;

/// What the page may load and do: its own scripts, styles and requests, and nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The entity tag of each part: all of them change with the release only.
static TAG: LazyLock<EntityTag> = LazyLock::new(|| {
    let files = FILES.iter().map(|(_, _, bytes, _)| *bytes);
    tag_of(files.chain([PAGE, super::text().as_bytes()]))
});

const PAGE: &[u8] = include_bytes!("viewer.html");

/// `GET /openapi.json`: the description of this interface.
pub(crate) async fn description() -> HttpResponse {
    respond(JSON, super::text().as_bytes(), false)
}

/// `GET /docs`: the same for people, in a page that loads nothing from elsewhere.
pub(crate) async fn page() -> HttpResponse {
    respond(HTML, PAGE, false)
}

/// `GET /docs/{file}`: what the page is made of.
pub(crate) async fn file(path: Path) -> Result<HttpResponse, HttpError> {
    let name = path.text("file");
    let found = FILES.iter().find(|(known, ..)| *known == name);
    let (_, kind, bytes, is_compressed) = found.ok_or_else(HttpError::no_such_route)?;
    Ok(respond(kind, bytes, *is_compressed))
}

/// Returns 200 with what changes only with the release: a client may keep it, and asks whether
/// it has changed.
fn respond(kind: &'static str, bytes: &'static [u8], is_compressed: bool) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.insert_header((name, HeaderValue::from_static(value)));
    }
    if is_compressed {
        let gzip: (HeaderName, _) = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response.insert_header(gzip);
    }
    response.insert_header((header::ETAG, TAG.clone()));
    response.body(Slices::of(bytes))
}
