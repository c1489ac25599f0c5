//! `/v2/organizations/{id}/members`: admins of an organization manage its members.

pub(crate) mod described;

use crate::openapi::names::RoleName;
use crate::{
    authentication::SignedIn,
    body::{
        Body, OtherFields, RequestBody,
        field::{given, whole_number},
    },
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
    identifier::{PrincipalId, UserId},
    identity::{
        organization::{Member, Role},
        user::FullName,
    },
    use_case::identity::manage_members,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `POST /v2/organizations/{id}/members`: adds a member.
pub(crate) async fn add(
    SignedIn(signed_in): SignedIn,
    path: Path,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let id = PrincipalId(path.id("id")?);
    let body = body.json::<AddMemberBody>().await?;
    let user_id = UserId(body.user_id);
    let role = body.role.map(|role| Role::parse(&role)).transpose()?;
    let role = role.unwrap_or(Role::User);
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let member = manage_members::add_member(caller, ports, id, user_id, role).await?;
    response::json(&MemberView::of(&member))
}

/// `GET /v2/organizations/{id}/members`: lists the members.
pub(crate) async fn list(
    SignedIn(signed_in): SignedIn,
    path: Path,
    query: Query,
) -> Result<HttpResponse, HttpError> {
    let id = PrincipalId(path.id("id")?);
    let paging = Paging::read(&query)?;
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let (reader, window) = (ListReader::of(&signed_in), paging.window()?);
    let turn = reader.turn().await?;
    let page = turn.read(manage_members::list_members(caller, ports, id, window));
    let write = |buffer: &mut Vec<u8>, member: &_| write_json(buffer, &MemberView::of(member));
    let page = PagedEntries::new(page.await?, paging, write);
    list_answer::respond(page, reader, turn).await
}

/// `PUT /v2/organizations/{id}/members/{user_id}`: changes the role of a member.
pub(crate) async fn update(
    SignedIn(signed_in): SignedIn,
    path: Path,
    body: Body,
) -> Result<HttpResponse, HttpError> {
    let (id, user_id) = ids(&path)?;
    let role = Role::parse(&body.json::<UpdateMemberBody>().await?.role)?;
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    let member = manage_members::update_member(caller, ports, id, user_id, role).await?;
    response::json(&MemberView::of(&member))
}

/// `DELETE /v2/organizations/{id}/members/{user_id}`: removes a member.
pub(crate) async fn remove(
    SignedIn(signed_in): SignedIn,
    path: Path,
) -> Result<HttpResponse, HttpError> {
    let (id, user_id) = ids(&path)?;
    let (caller, ports) = (&signed_in.caller, signed_in.identity());
    manage_members::remove_member(caller, ports, id, user_id).await?;
    response::json(&())
}

/// The body that adds a member; `role` defaults to `user`.
#[derive(Deserialize, ToSchema)]
#[schema(as = AddMember)]
struct AddMemberBody {
    #[serde(deserialize_with = "whole_number")]
    user_id: i64,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = RoleName, required = false)]
    role: Option<String>,
}

/// The body that changes the role of a member.
#[derive(Deserialize, ToSchema)]
#[schema(as = UpdateMember)]
struct UpdateMemberBody {
    #[schema(value_type = RoleName)]
    role: String,
}

impl RequestBody for AddMemberBody {
    const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
}

impl RequestBody for UpdateMemberBody {
    const OTHER_FIELDS: OtherFields = OtherFields::NEAR;
}

/// A member as JSON.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
struct MemberView<'a> {
    user_id: i64,
    username: &'a str,
    #[schema(required)]
    full_name: Option<&'a str>,
    #[schema(value_type = RoleName)]
    role: &'static str,
    #[schema(format = DateTime)]
    created_at: String,
}

impl<'a> MemberView<'a> {
    fn of(member: &'a Member) -> Self {
        Self {
            user_id: member.user_id.0,
            username: member.username.as_str(),
            full_name: member.full_name.as_ref().map(FullName::as_str),
            role: member.role.as_str(),
            created_at: member.created_at.to_rfc3339(),
        }
    }
}

fn ids(path: &Path) -> Result<(PrincipalId, UserId), HttpError> {
    let id = PrincipalId(path.id("id")?);
    Ok((id, UserId(path.id("user_id")?)))
}
