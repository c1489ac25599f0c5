//! `key`

use super::parts::{Body, cell, named};
use crate::administer::{
    arguments::{KeyAction, KeyCreate, KeyFields, KeyList, YesNo},
    call::Call,
    client::Client,
    confirm::confirm,
    failure::Failure,
    fields::Fields,
    lists::{self, Walk},
    names::{self, Kind},
    output::{Column, Output},
};
use apikey_domain::{port::secret_source::SecretSource, system::SystemSecrets};
use serde_json::{Map, Value};
use ureq::http::Method;

const COLUMNS: [Column; 7] = [
    ("ID", |key| cell(key, "id")),
    ("NAME", |key| cell(key, "name")),
    ("USER", |key| cell(key, "user_name")),
    ("OWNER", |key| cell(key, "owner_principal_id")),
    ("STATUS", |key| cell(key, "status")),
    ("EXPIRES", |key| cell(key, "expires_at")),
    ("LAST USED", |key| cell(key, "last_used_at")),
];

pub(super) fn run(action: &KeyAction, client: &Client, output: &mut Output) -> Result<(), Failure> {
    match action {
        KeyAction::Create(with) => create(&with.rest, client, output),
        KeyAction::List(with) => {
            let call = list(&with.rest, client)?;
            lists::print(client, output, &call, Walk::Cursor, &COLUMNS)
        }
        KeyAction::Show(with) => {
            output.object(&client.call(&Call::get(path(client, &with.rest.key)?))?)
        }
        KeyAction::Change(with) => {
            let path = path(client, &with.rest.one.key)?;
            let call = Call::new(Method::PATCH, path).body(changed(&with.rest.fields));
            let is_dry = with.rest.dry_run.then_some("true");
            output.object(&client.call(&call.with_some("dry_run", is_dry))?)
        }
        KeyAction::Revoke(with) => {
            let path = path(client, &with.rest.one.key)?;
            let key = Fields::read(&client.call(&Call::get(&*path))?)?;
            let question = format!("Revoke the {}", named("key", &key, "name"));
            confirm(with.rest.yes, &question)?;
            let body = Body::default()
                .with("reason", Some(&*with.rest.reason))
                .with("comment", with.rest.comment.as_deref());
            let call = Call::new(Method::POST, format!("{path}/revoke")).body(body.json());
            output.object(&client.call(&call)?)
        }
        KeyAction::Rotate(with) => {
            let path = path(client, &with.rest.one.key)?;
            let body = Body::default()
                .with("grace_period_seconds", Some(with.rest.grace))
                .with("activate", with.rest.at_first_use.then_some("first_use"));
            let call = Call::new(Method::POST, format!("{path}/rotate")).body(body.json());
            let answer = client.call(&call.named(random()?))?;
            printed(output.object(&answer), "rotated")
        }
        KeyAction::Delete(with) => {
            let path = path(client, &with.rest.one.key)?;
            let key = Fields::read(&client.call(&Call::get(&*path))?)?;
            let key = named("key", &key, "name");
            confirm(with.rest.yes, &format!("Delete the {key}"))?;
            let answer = client.call(&Call::new(Method::DELETE, path))?;
            output.done(&format!("deleted the {key}"), &answer)
        }
    }
}

fn path(client: &Client, key: &str) -> Result<String, Failure> {
    let id = names::id_of(client, Kind::Key, key)?;
    Ok(format!("/v2/api-keys/{id}"))
}

fn organization(client: &Client, organization: Option<&String>) -> Result<Option<i64>, Failure> {
    let id = organization.map(|slug| names::id_of(client, Kind::Organization, slug));
    id.transpose()
}

fn list(which: &KeyList, client: &Client) -> Result<Call, Failure> {
    let user = match &which.user {
        Some(user) => existing(names::id_of(client, Kind::User, user)?, client)?.to_string(),
        None => "*".to_owned(),
    };
    let mut call = Call::get("/v2/api-keys")
        .in_organization(organization(client, which.org.as_ref())?)
        .with("user_id", user)
        .with("sort_by", &which.sort)
        .with_some("search", which.search.as_ref())
        .with_some("status", which.status.as_ref())
        .with_some("expires_before", which.expires_before.as_ref())
        .with_some("unused_since", which.unused_since.as_ref());
    for (name, text) in &which.metadata {
        call = call.with(format!("metadata.{name}"), text);
    }
    Ok(call)
}

/// Returns the id of a user who exists: a list of the keys of nobody would be empty. Whoever is
/// shown no users is shown their own keys only.
fn existing(user: i64, client: &Client) -> Result<i64, Failure> {
    match client.call(&Call::get(format!("/v2/users/{user}"))) {
        Ok(_) | Err(Failure::Refused(_)) => Ok(user),
        Err(failure) => Err(failure),
    }
}

fn create(new: &KeyCreate, client: &Client, output: &mut Output) -> Result<(), Failure> {
    let path = match &new.user {
        Some(user) => format!(
            "/v2/users/{}/api-keys",
            names::id_of(client, Kind::User, user)?
        ),
        None => "/v2/api-keys".to_owned(),
    };
    let metadata = new.metadata.iter().cloned();
    let metadata: Map<String, Value> = metadata.map(|(name, text)| (name, text.into())).collect();
    let body = Body::default()
        .with("name", Some(&*new.name))
        .with("description", new.description.as_deref())
        .with("scope", given(&new.scope))
        .with("allowed_model_names", given(&new.model))
        .with("expires_in", new.expires_in)
        .with("metadata", (!metadata.is_empty()).then_some(metadata))
        .with("self_rotation", new.self_rotation.then_some(true))
        .with("replace_expired", new.replace_expired.then_some(true));
    let call = Call::new(Method::POST, path)
        .in_organization(organization(client, new.org.as_ref())?)
        .body(body.json())
        .named(random()?);
    let answer = client.call(&call)?;
    printed(output.object(&answer), "created")
}

fn changed(change: &KeyFields) -> Value {
    let metadata = change.metadata.iter().map(|(name, text)| {
        let text = match text.as_str() {
            "" => Value::Null,
            text => text.into(),
        };
        (name.clone(), text)
    });
    let metadata: Map<String, Value> = metadata.collect();
    let disabled = match (change.disable, change.enable) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    Body::default()
        .with("name", change.name.as_deref())
        .with("description", change.description.as_deref())
        .without("description", change.no_description)
        .with("scope", given(&change.scope))
        .with("allowed_model_names", given(&change.model))
        .without("allowed_model_names", change.all_models)
        .with("expires_at", change.expires_at.as_deref())
        .without("expires_at", change.never_expires)
        .with("disabled", disabled)
        .with("metadata", (!metadata.is_empty()).then_some(metadata))
        .with("self_rotation", change.self_rotation.map(YesNo::is_yes))
        .json()
}

fn given(texts: &[String]) -> Option<Vec<String>> {
    (!texts.is_empty()).then(|| texts.to_vec())
}

/// Returns a name for a request that may have to be sent again.
fn random() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    let filled = SystemSecrets.fill(&mut bytes);
    filled.map_err(|error| Failure::Failed(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The value of a key was in the answer alone: whoever closed the output has lost it.
fn printed(outcome: Result<(), Failure>, what: &str) -> Result<(), Failure> {
    outcome.map_err(|failure| {
        let cause = match failure.message() {
            Some(cause) => cause,
            None => "the output is closed".to_owned(),
        };
        Failure::Failed(format!("the key is {what}, but its value is lost: {cause}"))
    })
}
