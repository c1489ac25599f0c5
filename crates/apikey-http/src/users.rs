//! `/v2/users`: platform admins manage users.

mod body;
pub(crate) mod described;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod list;
mod view;
mod watch;

pub(crate) use body::UpdateOwnAccountBody;
pub(crate) use view::UserView;

use crate::{
    authentication::PlatformAdmin,
    body::Body,
    error::HttpError,
    list_answer,
    list_reader::ListReader,
    listing::PagedEntries,
    path::Path,
    query::Query,
    response::{self, write_json},
    whole_list::WholeList,
};
use actix_web::{HttpRequest, HttpResponse};
use apikey_domain::{
    identifier::UserId,
    identity::user::User,
    use_case::identity::{
        list_users::{AllUsers, list_users},
        manage_users,
    },
};
use body::{ActivateUserBody, CreateUserBody, UpdateUserBody};
use list::{Delivery, UserQuery};

/// `POST /v2/users`: creates a user.
pub(crate) async fn create(
    PlatformAdmin(signed_in): PlatformAdmin,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let request = body.json::<CreateUserBody>().await?.try_into()?;
    let user = manage_users::create_user(&signed_in.caller, signed_in.identity(), request).await?;
    response::json(&UserView::of(&user))
}

/// `GET /v2/users`: lists one page or all users, or watches them.
pub(crate) async fn list(
    PlatformAdmin(signed_in): PlatformAdmin,
    query: Query,
    request: HttpRequest,
) -> Result<HttpResponse, HttpError> {
    let UserQuery {
        filter,
        order,
        paging,
        delivery,
    } = UserQuery::read(&query)?;
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let reader = ListReader::of(&signed_in);
    let turn = reader.turn().await?;
    let write = |buffer: &mut Vec<u8>, user: &User| write_json(buffer, &UserView::of(user));
    match delivery {
        Delivery::Watch => {
            watch::respond(&signed_in, filter, request.headers(), reader, turn).await
        }
        Delivery::All => {
            let list = AllUsers::new(caller, ports, filter, order)?;
            let all = WholeList {
                list,
                paging,
                write,
            };
            list_answer::respond(all, reader, turn).await
        }
        Delivery::Page(window) => {
            let page = list_users(caller, ports, &filter, &order, window);
            let page = PagedEntries::new(turn.read(page).await?, paging, write);
            list_answer::respond(page, reader, turn).await
        }
    }
}

/// `GET /v2/users/{id}`: shows a user.
pub(crate) async fn get(
    PlatformAdmin(signed_in): PlatformAdmin,
    path: Path,
) -> Result<HttpResponse, HttpError> {
    let id = UserId(path.id("id")?);
    let user = manage_users::get_user(&signed_in.caller, signed_in.identity(), id).await?;
    response::json(&UserView::of(&user))
}

/// `PUT /v2/users/{id}`: updates the fields in the body.
pub(crate) async fn update(
    PlatformAdmin(signed_in): PlatformAdmin,
    path: Path,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let id = UserId(path.id("id")?);
    let request = body.json::<UpdateUserBody>().await?.try_into()?;
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let user = manage_users::update_user(caller, ports, id, request).await?;
    response::json(&UserView::of(&user))
}

/// `PATCH /v2/users/{id}/activation`: activates or deactivates a user.
pub(crate) async fn activate(
    PlatformAdmin(signed_in): PlatformAdmin,
    path: Path,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let id = UserId(path.id("id")?);
    let request = body.json::<ActivateUserBody>().await?.into();
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let user = manage_users::update_user(caller, ports, id, request).await?;
    response::json(&UserView::of(&user))
}

/// `DELETE /v2/users/{id}`: deletes a user.
pub(crate) async fn delete(
    PlatformAdmin(signed_in): PlatformAdmin,
    path: Path,
) -> Result<HttpResponse, HttpError> {
    let id = UserId(path.id("id")?);
    manage_users::delete_user(&signed_in.caller, signed_in.identity(), id).await?;
    response::json(&())
}
