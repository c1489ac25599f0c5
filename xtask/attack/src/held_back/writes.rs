//! The requests that write and have a body.

use crate::{
    held_back::{
        kinds::{Who, Write},
        person::{Person, Shared},
    },
    target::PASSWORD,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

// === impl Write ===

impl Write {
    /// Returns the request as it is sent.
    pub(super) fn request(self, who: Who, person: &Person, shared: &Shared) -> Vec<u8> {
        let Person {
            name, organization, ..
        } = person;
        let joining = shared.joining;
        let late = format!("late-{name}");
        let (method, path, json) = match self {
            Self::CreateKey => ("POST", "/v2/api-keys".to_owned(), json!({"name": late})),
            Self::UpdateKey => {
                let key = person.other_key.unwrap_or(person.key.id);
                let json = json!({"description": late});
                ("PUT", format!("/v2/api-keys/{key}"), json)
            }
            Self::ChangeSelf => ("PUT", "/v2/users/me".to_owned(), json!({"full_name": late})),
            Self::CreateUser => {
                let json = json!({"username": late, "password": PASSWORD});
                ("POST", "/v2/users".to_owned(), json)
            }
            Self::UpdateUser => {
                let json = json!({"full_name": late});
                ("PUT", format!("/v2/users/{joining}"), json)
            }
            Self::Activate => {
                let json = json!({"is_active": true});
                ("PATCH", format!("/v2/users/{joining}/activation"), json)
            }
            Self::CreateOrganization => {
                let json = json!({"name": late, "slug": late});
                ("POST", "/v2/organizations".to_owned(), json)
            }
            Self::UpdateOrganization => {
                let path = format!("/v2/organizations/{}", shared.organization);
                ("PUT", path, json!({"description": late}))
            }
            Self::AddMember => {
                let path = format!("/v2/organizations/{organization}/members");
                ("POST", path, json!({"user_id": joining}))
            }
            Self::ChangeMember => {
                let member = shared.member;
                let path = format!("/v2/organizations/{organization}/members/{member}");
                ("PUT", path, json!({"role": "admin"}))
            }
        };
        let body = json.to_string();
        let authorization = authorization(who, person);
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: attack\r\n{authorization}content-length: {length}\r\n\r\n"
        );
        (head + &body).into_bytes()
    }
}

/// Returns the headers that say who sends a request.
fn authorization(who: Who, person: &Person) -> String {
    let Person {
        name, organization, ..
    } = person;
    match who {
        Who::Key | Who::AdminKey | Who::OrganizationKey => {
            format!("authorization: Bearer {}\r\n", person.key.value)
        }
        Who::Password | Who::AdminPassword | Who::PasswordForOrganization => {
            let pair = BASE64_STANDARD.encode(format!("{name}:{PASSWORD}"));
            let basic = format!("authorization: Basic {pair}\r\n");
            if who == Who::PasswordForOrganization {
                return format!("{basic}x-organization-id: {organization}\r\n");
            }
            basic
        }
    }
}
