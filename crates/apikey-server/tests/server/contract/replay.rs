//! One recording's users, organizations and captured values on one server.

use super::matcher::Matcher;
use crate::support::{
    TestServer,
    client::{Client, answer},
};
use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

const PASSWORD: &str = "Passw0rd_1";

pub(crate) struct Replay {
    client: Client,
    tag: String,
    /// What `${...}` stands for.
    known: HashMap<String, Value>,
}

impl Replay {
    /// Replays a recording; returns the number of steps and the differences.
    pub(crate) async fn replay(server: &TestServer, case: &Value) -> (usize, Vec<String>) {
        let tag = RandomState::new().hash_one(0) as u32;
        let mut replay = Self {
            client: Client::new(server),
            tag: format!("{tag:08x}"),
            known: HashMap::new(),
        };
        replay.known.insert("tag".to_owned(), json!(replay.tag));
        replay.set_up(case).await;
        let steps = case["steps"].as_array().unwrap();
        let mut differences = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            for difference in replay.take(step).await {
                let (method, path) = (&step["method"], &step["path"]);
                differences.push(format!("step {index} {method} {path}: {difference}"));
            }
        }
        (steps.len(), differences)
    }

    async fn set_up(&mut self, case: &Value) {
        for user in entries(&case["users"]) {
            let name = text(&user["name"]);
            let username = format!("{name}-{}", self.tag);
            let created = self
                .create(
                    "/v2/users",
                    json!({
                        "username": username,
                        "password": PASSWORD,
                        "is_admin": user["admin"] == true,
                        "is_system": user["system"] == true,
                    }),
                )
                .await;
            for field in ["username", "id", "principal_id"] {
                let known = format!("user.{name}.{field}");
                self.known.insert(known, created[field].clone());
            }
        }
        for organization in entries(&case["orgs"]) {
            let name = text(&organization["name"]);
            let slug = format!("{name}-{}", self.tag).to_lowercase();
            let body = json!({ "name": slug, "slug": slug });
            let created = self.create("/v2/organizations", body).await;
            let id = created["id"].clone();
            let members = organization["members"].as_object();
            for (user, role) in members.unwrap_or(&Map::new()) {
                let user_id = &self.known[&format!("user.{user}.id")];
                let body = json!({ "user_id": user_id, "role": role });
                self.create(&format!("/v2/organizations/{id}/members"), body)
                    .await;
            }
            self.known.insert(format!("org.{name}"), id);
        }
    }

    async fn create(&self, path: &str, body: Value) -> Value {
        let request = self.client.as_admin(Method::POST, path).json(&body);
        let (status, created) = answer(request).await;
        assert_eq!(status, 200, "{path}: {created}");
        created
    }

    /// Takes one step and answers how it differs from the recording.
    async fn take(&mut self, step: &Value) -> Vec<String> {
        if let Some(seconds) = step["sleep"].as_f64() {
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        }
        let (status, mut body) = answer(self.request(step)).await;
        if let (Some(name), Some(id)) = (step["capture"].as_str(), body.get("id")) {
            self.known.insert(name.to_owned(), id.clone());
            if body["value"].is_string() {
                let value = body["value"].clone();
                self.known.insert(format!("{name}.value"), value);
            }
        }
        let mut wanted = step["expect"]["body"].clone();
        if step["unordered"] == true {
            self.sort(&mut wanted);
            self.sort(&mut body);
        }
        if step["expect"]["status"] != status {
            return vec![format!("status {status}: {body}")];
        }
        Matcher(&self.known).differences("body", &wanted, &body)
    }

    fn request(&self, step: &Value) -> RequestBuilder {
        let matcher = Matcher(&self.known);
        let method = text(&step["method"]).parse().unwrap();
        let path = matcher.filled(&step["path"]);
        let mut request = self.client.request(method, text(&path));
        for (name, value) in step["query"].as_object().unwrap_or(&Map::new()) {
            let value = plain(&matcher.filled(value));
            request = request.query(&[(name, value)]);
        }
        let known = |name: &str| plain(&self.known[name]);
        let (via, who) = (step["via"].as_str().unwrap_or("basic"), step["as"].as_str());
        request = match (via.split_once(':'), via, who) {
            (Some(("bearer", key)), ..) => request.bearer_auth(known(key)),
            (Some(("x-api-key", key)), ..) => request.header("X-API-Key", known(key)),
            (_, "basic", Some(who)) if who != "nobody" => {
                let username = known(&format!("user.{who}.username"));
                request.basic_auth(username, Some(PASSWORD))
            }
            _ => request,
        };
        if let Some(organization) = step["org"].as_str() {
            let id = match organization.strip_prefix('@') {
                Some(name) => known(&format!("org.{name}")),
                None => organization.to_owned(),
            };
            request = request.header("X-Organization-Id", id);
        }
        match (&step["raw"], &step["body"]) {
            (Value::String(raw), _) => request.body(raw.clone()),
            (_, Value::Null) => request,
            (_, body) => request.json(&matcher.filled(body)),
        }
    }

    /// Sorts the items of a list whose order the recording leaves open.
    fn sort(&self, body: &mut Value) {
        let Some(items) = body.get_mut("items").and_then(Value::as_array_mut) else {
            return;
        };
        items.sort_by_key(|item| match item["id"].as_str() {
            Some(wanted) => self.known[wanted.trim_start_matches("$id:")].as_i64(),
            None => item["id"].as_i64(),
        });
    }
}

fn entries(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// As it stands in a URL or a header.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
