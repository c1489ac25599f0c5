//! `/v2/users/me`: callers manage their own accounts.

use crate::{
    authentication::{OwnAccount, SignedIn},
    body::Body,
    error::HttpError,
    list_answer,
    list_reader::ListReader,
    listing::{PagedEntries, Paging},
    organizations::OrganizationView,
    query::Query,
    response::{self, write_json},
    users::{UpdateOwnAccountBody, UserView},
};
use actix_web::HttpResponse;
use apikey_domain::use_case::identity::own_account;

/// `GET /v2/users/me`: shows the caller.
pub(crate) async fn get(OwnAccount(signed_in): OwnAccount) -> Result<HttpResponse, HttpError> {
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let user = own_account::get_own_account(caller, ports).await?;
    response::json(&UserView::of(&user))
}

/// `PUT /v2/users/me`: updates the caller's name or password.
pub(crate) async fn update(
    OwnAccount(signed_in): OwnAccount,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    signed_in.require_own()?;
    let request = body.json::<UpdateOwnAccountBody>().await?.try_into()?;
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let address = signed_in.address;
    let user = own_account::update_own_account(caller, ports, request, address).await?;
    response::json(&UserView::of(&user))
}

/// `GET /v2/users/me/organizations`: lists the caller's organizations; with the key
/// of one, only that one.
pub(crate) async fn list_organizations(
    SignedIn(signed_in): SignedIn,
    query: Query,
) -> Result<HttpResponse, HttpError> {
    let paging = Paging::read(&query)?;
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let (reader, window) = (ListReader::of(&signed_in), paging.window()?);
    let turn = reader.turn().await?;
    let page = turn.read(own_account::list_own_organizations(caller, ports, window));
    let write = |buffer: &mut Vec<u8>, organization: &_| {
        write_json(buffer, &OrganizationView::of(organization))
    };
    let page = PagedEntries::new(page.await?, paging, write);
    list_answer::respond(page, reader, turn).await
}
