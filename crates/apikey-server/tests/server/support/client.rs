//! Requests to a test server.

use super::TestServer;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use xtask_harness::server::ADMIN_PASSWORD as PASSWORD;

/// A client of one server.
#[derive(Clone)]
pub(crate) struct Client {
    http: xtask_harness::client::Client,
    last_name: Arc<AtomicU64>,
}

// === impl Client ===

impl Client {
    pub(crate) fn new(server: &TestServer) -> Self {
        Self {
            http: xtask_harness::client::Client::new(server.address).unwrap(),
            last_name: Arc::default(),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, path)
    }

    /// Begins a request of the first administrator.
    pub(crate) fn as_admin(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.request(method, path);
        request.basic_auth("admin", Some(PASSWORD))
    }

    /// Creates a key for the first administrator and returns it.
    pub(crate) async fn create_key(&self, name: &str) -> Value {
        let request = self.as_admin(Method::POST, "/v2/api-keys");
        let (status, body) = answer(request.json(&json!({ "name": name }))).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Asks as a gateway does whether a key may use a model, and returns the status.
    pub(crate) async fn verify(&self, key: &str, model: &str) -> u16 {
        let request = self.request(Method::GET, "/auth/verify?scope=inference");
        let request = request.bearer_auth(key).header("x-model", model);
        request.send().await.unwrap().status().as_u16()
    }

    /// Changes something as the first administrator and returns what is answered.
    pub(crate) async fn change(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, body) = answer(self.as_admin(method, path).json(&body)).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// Creates a user with the administrator's password and returns the user's ID.
    pub(crate) async fn user(&self, username: &str) -> i64 {
        let body = json!({"username": username, "password": PASSWORD});
        let user = self.change(Method::POST, "/v2/users", body).await;
        user["id"].as_i64().unwrap()
    }

    /// Creates an organization and returns its ID.
    pub(crate) async fn organization(&self, slug: &str) -> i64 {
        let body = json!({"name": slug, "slug": slug});
        let organization = self.change(Method::POST, "/v2/organizations", body).await;
        organization["id"].as_i64().unwrap()
    }

    /// Creates a key of a user in the user's own principal and returns its ID and value.
    pub(crate) async fn own_key(&self, username: &str) -> (i64, String) {
        self.key_by(self.request(Method::POST, "/v2/api-keys"), username)
            .await
    }

    /// Creates a key of a user in an organization and returns its ID and value.
    pub(crate) async fn key_in(&self, username: &str, organization: i64) -> (i64, String) {
        let request = self.request(Method::POST, "/v2/api-keys");
        let request = request.header("x-organization-id", organization);
        self.key_by(request, username).await
    }

    async fn key_by(&self, request: RequestBuilder, username: &str) -> (i64, String) {
        let number = self.last_name.fetch_add(1, Ordering::SeqCst);
        let body = json!({"name": format!("key {number}"), "allowed_model_names": ["m"]});
        let request = request.basic_auth(username, Some(PASSWORD)).json(&body);
        let (status, key) = answer(request).await;
        assert_eq!(status, 200, "{key}");
        let value = key["value"].as_str().unwrap().to_owned();
        (key["id"].as_i64().unwrap(), value)
    }
}

/// Sends a request and returns the status and body of the answer.
pub(crate) async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    (status, body)
}
