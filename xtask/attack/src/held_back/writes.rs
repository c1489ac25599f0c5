//! The requests that write and have a body.

use crate::{
    held_back::{
        kinds::{Who, Write},
        person::{Person, Shared},
    },
    target::PASSWORD,
};
use reqwest::Method;
use serde_json::json;
use xtask_harness::request::{Credentials, Request};

// === impl Write ===

impl Write {
    /// Returns the request of a person.
    pub(super) fn request(self, who: Who, person: &Person, shared: &Shared) -> Request {
        let Person {
            name, organization, ..
        } = person;
        let joining = shared.joining;
        let late = format!("late-{name}");
        let (method, path, json) = match self {
            Self::CreateKey => (
                Method::POST,
                "/v2/api-keys".to_owned(),
                json!({"name": late}),
            ),
            Self::UpdateKey => {
                let key = person.other_key.unwrap_or(person.key.id);
                let json = json!({"description": late});
                (Method::PUT, format!("/v2/api-keys/{key}"), json)
            }
            Self::ChangeSelf => (
                Method::PUT,
                "/v2/users/me".to_owned(),
                json!({"full_name": late}),
            ),
            Self::CreateUser => {
                let json = json!({"username": late, "password": PASSWORD});
                (Method::POST, "/v2/users".to_owned(), json)
            }
            Self::UpdateUser => {
                let json = json!({"full_name": late});
                (Method::PUT, format!("/v2/users/{joining}"), json)
            }
            Self::Activate => {
                let json = json!({"is_active": true});
                (
                    Method::PATCH,
                    format!("/v2/users/{joining}/activation"),
                    json,
                )
            }
            Self::CreateOrganization => {
                let json = json!({"name": late, "slug": late});
                (Method::POST, "/v2/organizations".to_owned(), json)
            }
            Self::UpdateOrganization => {
                let path = format!("/v2/organizations/{}", shared.organization);
                (Method::PUT, path, json!({"description": late}))
            }
            Self::AddMember => {
                let path = format!("/v2/organizations/{organization}/members");
                (Method::POST, path, json!({"user_id": joining}))
            }
            Self::ChangeMember => {
                let member = shared.member;
                let path = format!("/v2/organizations/{organization}/members/{member}");
                (Method::PUT, path, json!({"role": "admin"}))
            }
        };
        let request = Request::new(method, path).json(&json);
        match who {
            Who::Key | Who::AdminKey | Who::OrganizationKey => {
                request.by(Credentials::Key(&person.key.value))
            }
            Who::Password | Who::AdminPassword => request.by(Credentials::Password(name, PASSWORD)),
            Who::PasswordForOrganization => request
                .by(Credentials::Password(name, PASSWORD))
                .header("x-organization-id", organization.to_string()),
        }
    }
}
