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
        let put = |path: String, json| Request::new(Method::PUT, path).json(&json);
        let members = format!("/v2/organizations/{organization}/members");
        let request = match self {
            Self::CreateKey => Request::post("/v2/api-keys", &json!({"name": late})),
            Self::UpdateKey => {
                let key = person.other_key.unwrap_or(person.key.id);
                put(format!("/v2/api-keys/{key}"), json!({"description": late}))
            }
            Self::ChangeSelf => put("/v2/users/me".to_owned(), json!({"full_name": late})),
            Self::CreateUser => {
                let json = json!({"username": late, "password": PASSWORD});
                Request::post("/v2/users", &json)
            }
            Self::UpdateUser => put(format!("/v2/users/{joining}"), json!({"full_name": late})),
            Self::Activate => {
                let path = format!("/v2/users/{joining}/activation");
                Request::new(Method::PATCH, path).json(&json!({"is_active": true}))
            }
            Self::CreateOrganization => {
                Request::post("/v2/organizations", &json!({"name": late, "slug": late}))
            }
            Self::UpdateOrganization => {
                let path = format!("/v2/organizations/{}", shared.organization);
                put(path, json!({"description": late}))
            }
            Self::AddMember => Request::post(members, &json!({"user_id": joining})),
            Self::ChangeMember => {
                let path = format!("{members}/{}", shared.member);
                put(path, json!({"role": "admin"}))
            }
        };
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
