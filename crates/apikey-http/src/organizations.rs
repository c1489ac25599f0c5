//! `/v2/organizations`: platform admins manage organizations.

mod body;
pub(crate) mod described;
mod view;

pub(crate) use view::OrganizationView;

use crate::{
    authentication::PlatformAdmin,
    body::Body,
    error::HttpError,
    list_answer,
    list_reader::ListReader,
    listing::{self, PagedEntries, Paging},
    path::Path,
    query::Query,
    response::{self, write_json},
};
use actix_web::HttpResponse;
use apikey_domain::{identifier::PrincipalId, use_case::identity::manage_organizations};
use body::{CreateOrganizationBody, UpdateOrganizationBody};

/// `POST /v2/organizations`: creates an organization.
pub(crate) async fn create(
    PlatformAdmin(signed_in): PlatformAdmin,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let request = body.json::<CreateOrganizationBody>().await?.try_into()?;
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let created = manage_organizations::create_organization(caller, ports, request).await?;
    response::json(&OrganizationView::of(&created))
}

/// `GET /v2/organizations`: lists organizations.
pub(crate) async fn list(
    PlatformAdmin(signed_in): PlatformAdmin,
    query: Query,
) -> Result<HttpResponse, HttpError> {
    let paging = Paging::read(&query)?;
    let (window, search) = (paging.window()?, listing::search(&query)?);
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let reader = ListReader::of(&signed_in);
    let turn = reader.turn().await?;
    let page = manage_organizations::list_organizations(caller, ports, search.as_ref(), window);
    let write = |buffer: &mut Vec<u8>, organization: &_| {
        write_json(buffer, &OrganizationView::of(organization))
    };
    let page = PagedEntries::new(turn.read(page).await?, paging, write);
    list_answer::respond(page, reader, turn).await
}

/// `GET /v2/organizations/{id}`: shows an organization.
pub(crate) async fn get(
    PlatformAdmin(signed_in): PlatformAdmin,
    path: Path,
) -> Result<HttpResponse, HttpError> {
    let id = PrincipalId(path.id("id")?);
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let organization = manage_organizations::get_organization(caller, ports, id).await?;
    response::json(&OrganizationView::of(&organization))
}

/// `PUT /v2/organizations/{id}`: updates the fields in the body.
pub(crate) async fn update(
    PlatformAdmin(signed_in): PlatformAdmin,
    path: Path,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let id = PrincipalId(path.id("id")?);
    let changes = body.json::<UpdateOrganizationBody>().await?.try_into()?;
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let updated = manage_organizations::update_organization(caller, ports, id, changes).await?;
    response::json(&OrganizationView::of(&updated))
}

/// `DELETE /v2/organizations/{id}`: deletes an organization that owns no keys.
pub(crate) async fn delete(
    PlatformAdmin(signed_in): PlatformAdmin,
    path: Path,
) -> Result<HttpResponse, HttpError> {
    let id = PrincipalId(path.id("id")?);
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    manage_organizations::delete_organization(caller, ports, id).await?;
    response::json(&())
}
