//! Makes things through the REST interface of a server, as people do.

use crate::{
    question::{By, Question},
    world::{Key, PASSWORD, Person, World},
};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::net::SocketAddr;
use xtask_harness::{client::Client, server::ADMIN_PASSWORD};

/// A server at which things are made, and what was made.
pub(crate) struct Maker<'a> {
    pub(crate) client: Client,
    pub(crate) world: &'a mut World,
}

/// The first administrator.
pub(crate) fn admin() -> By {
    by("admin", ADMIN_PASSWORD)
}

/// Somebody with a password.
pub(crate) fn by(name: &str, password: &str) -> By {
    By::Password(name.to_owned(), password.to_owned())
}

// === impl Maker ===

impl<'a> Maker<'a> {
    /// Makes things at a server.
    pub(crate) fn at(address: SocketAddr, world: &'a mut World) -> Result<Self> {
        Ok(Self {
            client: Client::new(address)?,
            world,
        })
    }

    /// Does something, and demands that it is done.
    pub(crate) async fn done(&self, question: &Question) -> Result<Value> {
        let answer = question.ask(&self.client).await?;
        let (status, body) = (answer.status, answer.body);
        ensure!(status == 200, "{question} was answered {status} {body}");
        Ok(body)
    }

    /// Makes somebody.
    pub(crate) async fn person(&mut self, name: &str, more: Value) -> Result<i64> {
        let mut body = json!({"username": name, "password": PASSWORD});
        extend(&mut body, more);
        let made = self
            .done(&Question::post("/v2/users", body, admin()))
            .await?;
        let id = id_of(&made)?;
        self.world.people.push(Person {
            name: name.to_owned(),
            password: PASSWORD.to_owned(),
            id,
            signs_in: made["is_active"] != false,
        });
        Ok(id)
    }

    /// Makes an organization with an admin.
    pub(crate) async fn organization(&mut self, slug: &str, owner: i64) -> Result<i64> {
        let body = json!({"name": format!("The {slug}"), "slug": slug, "description": slug});
        let made = Question::post("/v2/organizations", body, admin());
        let id = id_of(&self.done(&made).await?)?;
        self.world.organizations.push(id);
        self.member(id, owner, "admin").await?;
        Ok(id)
    }

    /// Makes somebody a member.
    pub(crate) async fn member(&self, organization: i64, user: i64, role: &str) -> Result<()> {
        let path = format!("/v2/organizations/{organization}/members");
        let body = json!({"user_id": user, "role": role});
        let made = Question::post(path, body, admin());
        self.done(&made).await.map(drop)
    }

    /// Makes a key of somebody with this body, whose value is good. Returns its id.
    pub(crate) async fn key(&mut self, of: &str, name: &str, more: Value) -> Result<i64> {
        self.key_in(of, None, name, more).await
    }

    /// Makes a key of somebody, which an organization may own.
    pub(crate) async fn key_in(
        &mut self,
        of: &str,
        organization: Option<i64>,
        name: &str,
        more: Value,
    ) -> Result<i64> {
        let mut body = json!({"name": name});
        extend(&mut body, more);
        let mut question = Question::post("/v2/api-keys", body, by(of, PASSWORD));
        if let Some(organization) = organization {
            question = question.header("X-Organization-Id", organization.to_string());
        }
        let made = self.done(&question).await?;
        self.keep(&made)
    }

    /// Keeps the value of a key that was shown, as a good one. Returns its id.
    pub(crate) fn keep(&mut self, made: &Value) -> Result<i64> {
        let id = id_of(made)?;
        let name = made["name"].as_str().context("a key without a name")?;
        let value = made["value"].as_str();
        let value = value.with_context(|| format!("the key {name} has no value"))?;
        self.world.keys.push(Key {
            name: name.to_owned(),
            value: value.to_owned(),
            id,
            code: "Valid".to_owned(),
            scope: texts(&made["scope"]),
            models: texts(&made["allowed_model_names"]),
        });
        Ok(id)
    }

    /// Changes a key, in the name of the administrator.
    pub(crate) async fn change(&self, id: i64, change: Value) -> Result<Value> {
        let path = format!("/v2/api-keys/{id}");
        let question = Question::new("PATCH", path, admin()).body(change);
        self.done(&question).await
    }

    /// Does something with a key, in the name of the administrator.
    pub(crate) async fn act(&self, id: i64, action: &str, body: Value) -> Result<Value> {
        let path = format!("/v2/api-keys/{id}/{action}");
        self.done(&Question::post(path, body, admin())).await
    }

    /// Deactivates or activates somebody, whose key is named after them.
    pub(crate) async fn activate(&mut self, id: i64, is_active: bool) -> Result<()> {
        let path = format!("/v2/users/{id}/activation");
        let question = Question::new("PATCH", path, admin()).body(json!({"is_active": is_active}));
        self.done(&question).await?;
        self.world.see_person(id, is_active);
        let name = self.world.person(id).context("nobody")?.name.clone();
        let code = if is_active { "Valid" } else { "OwnerInactive" };
        self.world.see(&format!("of {name}"), code);
        if !is_active {
            self.world.end_sessions(&name);
        }
        Ok(())
    }

    /// Deletes something, in the name of the administrator.
    pub(crate) async fn delete(&self, path: String) -> Result<()> {
        let question = Question::new("DELETE", path, admin());
        self.done(&question).await.map(drop)
    }
}

/// Returns the id of what was made.
pub(crate) fn id_of(made: &Value) -> Result<i64> {
    made["id"]
        .as_i64()
        .with_context(|| format!("no id: {made}"))
}

fn extend(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts
        .filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}
