//! `org`

use super::parts::{Body, cell, named};
use crate::administer::{
    arguments::OrganizationAction,
    call::Call,
    client::Client,
    confirm::confirm,
    failure::Failure,
    fields::Fields,
    lists::{self, Walk},
    names::{self, Kind},
    output::{Column, Output},
};
use ureq::http::Method;

const COLUMNS: [Column; 5] = [
    ("ID", |organization| cell(organization, "id")),
    ("SLUG", |organization| cell(organization, "slug")),
    ("NAME", |organization| cell(organization, "name")),
    ("CREATED", |organization| cell(organization, "created_at")),
    ("DESCRIPTION", |organization| {
        cell(organization, "description")
    }),
];

pub(super) fn run(
    action: &OrganizationAction,
    client: &Client,
    output: &mut Output,
) -> Result<(), Failure> {
    match action {
        OrganizationAction::Create(with) => {
            let new = &with.rest;
            let body = Body::default()
                .with("slug", Some(&*new.slug))
                .with("name", Some(new.name.as_deref().unwrap_or(&new.slug)))
                .with("description", new.description.as_deref());
            let call = Call::new(Method::POST, "/v2/organizations").body(body.json());
            output.object(&client.call(&call)?)
        }
        OrganizationAction::List(with) => {
            let call = Call::get("/v2/organizations");
            let call = call.with_some("search", with.rest.search.as_ref());
            lists::print(client, output, &call, Walk::Number, &COLUMNS)
        }
        OrganizationAction::Show(with) => {
            output.object(&client.call(&Call::get(path(client, &with.rest.organization)?))?)
        }
        OrganizationAction::Change(with) => {
            let change = &with.rest.fields;
            let body = Body::default()
                .with("name", change.name.as_deref())
                .with("slug", change.slug.as_deref())
                .with("description", change.description.as_deref())
                .without("description", change.no_description);
            let path = path(client, &with.rest.organization)?;
            let call = Call::new(Method::PUT, path).body(body.json());
            output.object(&client.call(&call)?)
        }
        OrganizationAction::Delete(with) => {
            let path = path(client, &with.rest.organization)?;
            let organization = Fields::read(&client.call(&Call::get(&*path))?)?;
            let organization = named("organization", &organization, "slug");
            confirm(with.rest.yes, &format!("Delete the {organization}"))?;
            let answer = client.call(&Call::new(Method::DELETE, path))?;
            output.done(&format!("deleted the {organization}"), &answer)
        }
    }
}

fn path(client: &Client, organization: &str) -> Result<String, Failure> {
    let id = names::id_of(client, Kind::Organization, organization)?;
    Ok(format!("/v2/organizations/{id}"))
}
