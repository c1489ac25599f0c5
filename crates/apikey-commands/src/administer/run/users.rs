//! `user`

use super::parts::{Body, cell, named};
use crate::administer::{
    arguments::{UserAction, UserCreate, UserFields, YesNo},
    call::Call,
    client::Client,
    confirm::confirm,
    failure::Failure,
    fields::Fields,
    lists::{self, Walk},
    names::{self, Kind},
    output::{Column, Output},
};
use serde_json::Value;
use ureq::http::Method;

const COLUMNS: [Column; 6] = [
    ("ID", |user| cell(user, "id")),
    ("USERNAME", |user| cell(user, "username")),
    ("ADMIN", |user| cell(user, "is_admin")),
    ("ACTIVE", |user| cell(user, "is_active")),
    ("CREATED", |user| cell(user, "created_at")),
    ("FULL NAME", |user| cell(user, "full_name")),
];

pub(super) fn run(
    action: &UserAction,
    password: Option<&str>,
    client: &Client,
    output: &mut Output,
) -> Result<(), Failure> {
    match action {
        UserAction::Create(with) => {
            let call = Call::new(Method::POST, "/v2/users").body(created(&with.rest, password));
            output.object(&client.call(&call)?)
        }
        UserAction::List(with) => {
            let call = Call::get("/v2/users").with("sort_by", &with.rest.sort);
            let call = call.with_some("search", with.rest.search.as_ref());
            lists::print(client, output, &call, Walk::Number, &COLUMNS)
        }
        UserAction::Show(with) => {
            output.object(&client.call(&Call::get(path(client, &with.rest.user)?))?)
        }
        UserAction::Change(with) => {
            let path = path(client, &with.rest.user)?;
            let call = Call::new(Method::PUT, path).body(changed(&with.rest.fields, password));
            output.object(&client.call(&call)?)
        }
        UserAction::Delete(with) => {
            let path = path(client, &with.rest.user)?;
            let user = Fields::read(&client.call(&Call::get(&*path))?)?;
            let user = named("user", &user, "username");
            confirm(
                with.rest.yes,
                &format!("Delete the {user} and all their keys"),
            )?;
            let answer = client.call(&Call::new(Method::DELETE, path))?;
            output.done(&format!("deleted the {user}"), &answer)
        }
    }
}

fn path(client: &Client, user: &str) -> Result<String, Failure> {
    let id = names::id_of(client, Kind::User, user)?;
    Ok(format!("/v2/users/{id}"))
}

fn created(user: &UserCreate, password: Option<&str>) -> Value {
    Body::default()
        .with("username", Some(&*user.username))
        .with("password", password)
        .with("full_name", user.full_name.as_deref())
        .with("is_admin", Some(user.admin))
        .with("is_active", Some(!user.inactive))
        .with("is_system", Some(user.system))
        .with("require_password_change", Some(user.must_change_password))
        .json()
}

fn changed(user: &UserFields, password: Option<&str>) -> Value {
    Body::default()
        .with("username", user.username.as_deref())
        .with("password", password)
        .with("full_name", user.full_name.as_deref())
        .without("full_name", user.no_full_name)
        .with("is_admin", user.admin.map(YesNo::is_yes))
        .with("is_active", user.active.map(YesNo::is_yes))
        .with(
            "require_password_change",
            user.must_change_password.map(YesNo::is_yes),
        )
        .json()
}
